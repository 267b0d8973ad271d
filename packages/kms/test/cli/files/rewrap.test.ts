import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import test from 'node:test'
import { defaultFrameLength } from '@keyhold/envelope'
import { algorithms, KeyFolder, keys, newKey, oldKey, readsV1 } from './rewrap-setting.ts'

const folder = new KeyFolder()

for (const [what, flags] of Object.entries(algorithms))
  for (const bytes of [0, 1000, 3_000_001])
    test(`${what} of ${bytes} bytes gets new keys in its place, and keeps permissions and times`, async () => {
      const plain = await folder.encrypted('m', bytes, flags)
      chmodSync(folder.at('m'), 0o640)
      utimesSync(folder.at('m'), 1_000_000, 1_500_000)
      const ran = await folder.run(['rewrap', ...keys, ...readsV1, 'm'])
      assert.deepEqual([ran.code, ran.err, ran.text], [0, '', ''])
      assert.deepEqual(await folder.decrypted('m', newKey), plain)
      assert.equal(await folder.decrypted('m', oldKey), undefined)
      const stats = statSync(folder.at('m'))
      assert.deepEqual([stats.mode & 0o777, stats.mtimeMs], [0o640, 1_500_000_000])
      assert.deepEqual(folder.partials(), [])
    })

test('version 1 keeps its body, and version 2 is encrypted anew; the report says which', async () => {
  for (const [what, flags] of Object.entries(algorithms)) {
    await folder.encrypted('m', 1000, flags)
    const before = folder.read('m')
    const { text, err } = await folder.run(['rewrap', '--json', ...keys, ...readsV1, 'm'])
    const [, done] = text.split('\n').map((line) => JSON.parse(line || '{}'))
    const isKept = what.endsWith('1')
    assert.deepEqual(
      [done.event, done.input, done.way],
      ['done', 'm', isKept ? 'rewrapped' : 'reencrypted'],
      err,
    )
    assert.deepEqual([done.inputBytes, done.outputBytes], [before.length, folder.read('m').length])
    const body = Buffer.from(before).subarray(-900, -200)
    assert.equal(Buffer.from(folder.read('m')).includes(body), isKept)
  }
})

test('a terminal is told which way a message went', async () => {
  for (const [flags, verb] of [
    [[], 're-encrypted'],
    [algorithms['an unsigned message of version 1'], 'rewrapped'],
  ] as const) {
    await folder.encrypted('m', 1000, flags)
    const ran = await folder.run(['rewrap', ...keys, ...readsV1, 'm'], { isTerminal: true })
    assert.match(ran.err, new RegExp(`${verb} m \\(1\\.\\d kB\\)\n$`))
  }
})

test('another suite and frame length are written if they are named, and version 1 anew if told so', async () => {
  const shown = async () => {
    const { algorithm, frameLength } = JSON.parse(
      (await folder.run(['inspect', '--json', 'm'])).text,
    )
    return [algorithm, frameLength]
  }
  const signedV1 = algorithms['a signed message of version 1']
  const plain = await folder.encrypted('m', 1000, [...signedV1, '--frame-length', '100'])
  const suite = ['--algorithm', 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY']
  const ran = await folder.run(['rewrap', ...keys, ...readsV1, ...suite, 'm'])
  assert.equal(ran.code, 0, ran.err)
  assert.deepEqual(await shown(), ['ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY', 100])
  const flags = ['--from-raw-key-file', 'new', '--frame-length', '7']
  assert.equal((await folder.run(['rewrap', ...oldKey, ...flags, 'm'])).code, 0)
  assert.deepEqual(await shown(), ['ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY', 7])
  assert.deepEqual(await folder.decrypted('m', oldKey), plain)
  await folder.encrypted('m', 1000, signedV1)
  await folder.run(['rewrap', '--reencrypt', ...keys, ...readsV1, 'm'])
  assert.deepEqual(await shown(), [
    'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
    defaultFrameLength,
  ])
})

test('with -o the old message stays, and the new one lies where it is told to', async () => {
  const plain = await folder.encrypted('m')
  const old = folder.read('m')
  mkdirSync(folder.at('into'))
  for (const output of ['n', 'into']) {
    const ran = await folder.run(['rewrap', ...keys, '-i', 'm', '-o', output])
    assert.equal(ran.code, 0, ran.err)
  }
  for (const name of ['n', 'into/m']) assert.deepEqual(await folder.decrypted(name, newKey), plain)
  assert.deepEqual(folder.read('m'), old)
  const kept = folder.read('n')
  const refused = await folder.run(['rewrap', ...keys, '--no-overwrite', 'm', '-o', 'n'])
  assert.equal(refused.code, 255)
  assert.deepEqual(folder.read('n'), kept)
  assert.match((await folder.run(['rewrap', ...keys, 'm', '-o', 'n'])).err, /n was there already/)
})

test('stdin goes to stdout, and to -o', async () => {
  const plain = await folder.encrypted('m', 3_000_000)
  const stdin = folder.read('m')
  const piped = await folder.run(['rewrap', ...keys], { stdin })
  assert.equal(piped.code, 0, piped.err)
  folder.write('piped', piped.out)
  assert.deepEqual(await folder.decrypted('piped', newKey), plain)
  assert.equal((await folder.run(['rewrap', ...keys, '-', '-o', 'told'], { stdin })).code, 0)
  assert.deepEqual(await folder.decrypted('told', newKey), plain)
  const terminal = await folder.run(['rewrap', ...keys], { stdin, isTerminal: true })
  assert.match(terminal.err, /a message is binary, and stdout is a terminal/)
})

test('a message in base64 stays one', async () => {
  const plain = await folder.encrypted('m', 3_000_000, ['--encode'])
  const refused = await folder.run(['rewrap', ...keys, '--decode', 'm'])
  assert.match(refused.err, /--decode and --encode go together/)
  const ran = await folder.run(['rewrap', ...keys, '--decode', '--encode', 'm'])
  assert.equal(ran.code, 0, ran.err)
  assert.match(Buffer.from(folder.read('m')).toString(), /^[A-Za-z0-9+/]+={0,2}$/)
  const read = await folder.run(['decrypt', ...newKey, '--decode', '-i', 'm', '-o', '-'])
  assert.deepEqual(read.out, plain)
})

test('a link stays one, and its file gets new keys once, by whatever names it is found', async () => {
  mkdirSync(folder.at('linked'))
  const plain = await folder.encrypted('linked/m')
  symlinkSync(folder.at('linked/m'), folder.at('linked/also'))
  const ran = await folder.run(['rewrap', ...keys, '--json', '-r', 'linked'])
  assert.equal(ran.code, 0, ran.err)
  assert.equal(JSON.parse(ran.text.trim().split('\n').at(-1) ?? '').done, 1)
  assert.ok(lstatSync(folder.at('linked/also')).isSymbolicLink())
  assert.deepEqual(await folder.decrypted('linked/also', newKey), plain)
})

test('other names of a file keep the old message, and that is told', async () => {
  await folder.encrypted('m')
  linkSync(folder.at('m'), folder.at('same'))
  const ran = await folder.run(['rewrap', ...keys, 'm'])
  assert.match(ran.err, /m has other names \(hard links\), which keep the old message/)
  assert.ok(await folder.decrypted('same', oldKey))
})

test('a file of somebody else stays theirs', async () => {
  await folder.encrypted('m')
  // Only root can give a file away; everybody else has at most a group to give it to.
  const isRoot = process.getuid?.() === 0
  const before = statSync(folder.at('m'))
  const other = { uid: before.uid, gid: process.getgroups?.().at(-1) ?? before.gid }
  const owner = isRoot ? { uid: 12_345, gid: 12_346 } : other
  chownSync(folder.at('m'), owner.uid, owner.gid)
  assert.equal((await folder.run(['rewrap', ...keys, 'm'])).code, 0)
  const { uid, gid } = statSync(folder.at('m'))
  assert.deepEqual({ uid, gid }, owner)
})

test('the messages of a tree get new keys, and what is none is left out', async () => {
  const names = ['a', 'b/c', 'b/no-suffix'].map((name) => `tree/${name}`)
  const texts = ['text', '', '\u0001\u0080 but no suite', '\u0002x', '\u0001\u0080\u0005\u0078']
  mkdirSync(folder.at('tree/b'), { recursive: true })
  for (const name of names) await folder.encrypted(`${name}.keyhold`)
  const plain = await folder.encrypted('tree/b/no-suffix', 10)
  const others = texts.map((text, index) =>
    folder.write(`tree/other-${index}`, Buffer.from(text, 'latin1')),
  )
  mkdirSync(folder.at('copy'))
  for (const flags of [
    ['-o', 'copy'],
    ['-j', '2'],
  ]) {
    const ran = await folder.run(['rewrap', ...keys, '--json', '-r', 'tree', ...flags])
    assert.equal(ran.code, 0, ran.err)
    const { done, failed, skipped } = JSON.parse(ran.text.trim().split('\n').at(-1) ?? '')
    assert.deepEqual({ done, failed, skipped }, { done: 4, failed: 0, skipped: 0 })
  }
  for (const root of ['tree', 'copy'])
    assert.deepEqual(await folder.decrypted(`${root}/b/no-suffix`, newKey), plain)
  for (const [index, bytes] of others.entries())
    assert.deepEqual(folder.read(`tree/other-${index}`), bytes)
  assert.ok(!existsSync(folder.at('copy/other-0')))
  folder.write('tree/wrong.keyhold', 'text')
  const flags = ['--from-raw-key-file', 'new', '--continue-on-error', '-r', 'tree']
  const ran = await folder.run(['rewrap', ...oldKey, ...flags])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /wrong\.keyhold: This is not an encrypted message/)
  assert.match(ran.err, /rewrapped 4 of 5 files, 1 failed/)
})

test('the messages of a tree in base64 get new keys as well', async () => {
  mkdirSync(folder.at('armored'))
  const plain = await folder.encrypted('armored/m', 1000, ['--encode'])
  folder.write('armored/text', 'a text, and no base64')
  const ran = await folder.run(['rewrap', ...keys, '--decode', '--encode', '-r', 'armored'])
  assert.equal(ran.code, 0, ran.err)
  const read = await folder.run(['decrypt', ...newKey, '--decode', '-i', 'armored/m', '-o', '-'])
  assert.deepEqual(read.out, plain)
})

test('the metadata has a line for each message, also for one in another context', async () => {
  await folder.encrypted('m', 1000, ['-c', 'who=me'])
  const flags = ['--metadata-output', 'meta', '-i', 'm', '-c']
  assert.equal((await folder.run(['rewrap', ...keys, ...flags, 'who=you'])).code, 255)
  assert.equal((await folder.run(['rewrap', ...keys, ...flags, 'who=me'])).code, 0)
  const lines = Buffer.from(folder.read('meta')).toString().trim().split('\n')
  const [refused, done] = lines.map((line) => JSON.parse(line))
  assert.deepEqual([refused.mode, refused.skipped], ['rewrap', true])
  assert.deepEqual(refused.missing_encryption_context_pairs, [['who', 'you']])
  assert.ok(refused.header_auth.tag)
  assert.deepEqual(
    [done.mode, done.way, done.input, done.output],
    ['rewrap', 'reencrypted', folder.at('m'), folder.at('m')],
  )
  const id = JSON.parse((await folder.run(['inspect', '--json', 'm'])).text).messageId
  assert.equal(done.header.message_id, id)
  assert.equal(Buffer.from(done.header_auth.tag, 'base64').length, 16)
})

test('the help says why version 2 is encrypted anew, within 100 columns', async () => {
  const { text, code } = await folder.run(['rewrap', '--help'])
  assert.equal(code, 0)
  assert.match(text, /^keyhold rewrap - /)
  assert.match(text.replaceAll(/\s+/g, ' '), /a second GCM tag under one key and one nonce/)
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line)
  assert.match((await folder.run(['help'])).text, /rewrap +Gives encrypted files new keys/)
  assert.match((await folder.run(['completion', 'bash'])).text, /\brewrap\b/)
})
