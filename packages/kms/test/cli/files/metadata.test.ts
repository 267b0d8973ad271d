import assert from 'node:assert/strict'
import { linkSync, mkdirSync, symlinkSync } from 'node:fs'
import test from 'node:test'
import { Folder } from './scene.ts'

const folder = new Folder()
folder.write('key', 32)
folder.write('tree/file', 10)
mkdirSync(folder.at('out'))
const keys = ['--raw-key-file', 'key']
const unsigned = ['--algorithm', 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY']
folder.write('plain', 'the content')
await folder.run(['encrypt', ...keys, '-c', 'a=1', 'b=2', '-i', 'plain', '-o', 'signed'])
await folder.run(['encrypt', ...keys, ...unsigned, '-i', 'plain', '-o', 'unsigned'])

/** The lines that a run adds, of which only the last is looked at. */
const lastLine = async (args: readonly string[]): Promise<Record<string, unknown>> => {
  await folder.run([...args, ...keys, '--metadata-output', 'meta', '--overwrite-metadata'])
  const lines = Buffer.from(folder.read('meta')).toString().trim().split('\n')
  return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>
}

test('a message in the wrong context is told with its header and what it lacks', async () => {
  for (const extra of [[], ['-b']]) {
    const line = await lastLine(['-d', '-i', 'signed', '-o', 'x', '-c', 'a=9', 'b', 'c', ...extra])
    const { header, header_auth: auth, ...rest } = line
    assert.deepEqual(rest, {
      mode: 'decrypt',
      input: folder.at('signed'),
      output: folder.at('x'),
      skipped: true,
      reason: 'Missing encryption context key or value',
      missing_encryption_context_keys: ['c'],
      missing_encryption_context_pairs: [['a', '9']],
    })
    const told = await lastLine(['-d', '-i', 'signed', '-o', 'y'])
    assert.deepEqual([header, auth], [told['header'], told['header_auth']])
    assert.ok(auth !== undefined)
  }
})

test('any other failure is told with its reason', async () => {
  const { skipped, reason } = await lastLine(['-d', '-i', 'plain', '-o', 'x'])
  assert.equal(skipped, true)
  assert.match(String(reason), /^This is not an encrypted message/)
})

test('the mode is told as it was given, and the length of the IV only where one is stored', async () => {
  const line = await lastLine(['--decrypt-unsigned', '-i', 'unsigned', '-o', 'x'])
  assert.equal(line['mode'], 'decrypt-unsigned')
  const version2 = line['header'] as Record<string, unknown>
  assert.deepEqual([version2['version'], version2['header_iv_length']], ['2.0', null])
  const old = ['--algorithm', 'AES_128_GCM_IV12_TAG16_HKDF_SHA256']
  const policy = ['--commitment-policy', 'forbid-encrypt-allow-decrypt']
  const first = await lastLine(['-e', '-i', 'plain', '-o', 'v1', ...old, ...policy])
  const version1 = first['header'] as Record<string, unknown>
  assert.deepEqual([version1['version'], version1['header_iv_length']], ['1.0', 12])
})

symlinkSync(folder.at('plain'), folder.at('link-to-input'))
linkSync(folder.at('plain'), folder.at('same-as-input'))
const places: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['in the input', ['plain', '-i', 'plain', '-o', 'o'], /is one of the inputs/],
  ['in a link to the input', ['link-to-input', '-i', 'plain', '-o', 'o'], /is one of the inputs/],
  ['in the input’s other name', ['same-as-input', '-i', 'plain', '-o', 'o'], /is one of the inp/],
  ['in the output', ['o', '-i', 'plain', '-o', 'o'], /is one of the outputs/],
  ['in a directory', ['out', '-i', 'plain', '-o', 'o'], /is a directory/],
  ['among outputs', ['out/m', '-i', 'plain', '-o', 'out'], /lies in out, which is worked on/],
  ['among inputs', ['tree/m', '-r', '-i', 'tree', '-o', 'out'], /lies in .*tree, which is/],
  ['mixed with the output', ['-', '-i', 'plain', '-o', '-'], /is stdout, which is the output/],
  ['both wanted and not', ['m', '-S', '-i', 'plain', '-o', 'o'], /and -S exclude each other/],
  ['nowhere', ['', '-i', 'plain', '-o', 'o'], /needs a path/],
]

for (const [where, words, sentence] of places) {
  test(`metadata ${where} is refused before anything is written`, async () => {
    const [path = '', ...rest] = words
    const flags = [`--metadata-output=${path}`, '--overwrite-metadata', ...rest]
    const ran = await folder.run(['-e', ...keys, ...flags])
    assert.equal(ran.code, 252, ran.err)
    assert.match(ran.err, sentence)
    assert.equal(Buffer.from(folder.read('plain')).toString(), 'the content')
  })
}

test('metadata may go to stdout, and beside the files', async () => {
  const flags = ['-i', 'plain', '-o', 'out', '--metadata-output']
  const { text } = await folder.run(['-e', ...keys, ...flags, '-'])
  assert.equal(JSON.parse(text).mode, 'encrypt')
  assert.equal((await folder.run(['-e', ...keys, ...flags, 'out-meta'])).code, 0)
})
