import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import test from 'node:test'
import { Scene } from './scene.ts'

const scene = await Scene.open()
const decrypt = ['decrypt', '-k', 'alias/app']

for (const [what, bytes] of [
  ['an empty file', 0],
  ['a small file', 1000],
  ['a file that is read in pieces', 3_000_001],
] as const) {
  test(`${what} comes back as it was, with its permissions and times`, async () => {
    const name = `plain-${bytes}`
    const plain = scene.write(name, bytes)
    chmodSync(scene.at(name), 0o640)
    utimesSync(scene.at(name), 1_000_000, 1_500_000)
    const encrypted = await scene.run(['encrypt', '-k', 'alias/app', name])
    assert.deepEqual([encrypted.code, encrypted.err, encrypted.text], [0, '', ''])
    const decrypted = await scene.run(['decrypt', '-k', 'alias/app', '-f', `${name}.keyhold`])
    assert.equal(decrypted.code, 0, decrypted.err)
    assert.deepEqual(scene.read(name), plain)
    for (const file of [name, `${name}.keyhold`]) {
      const stats = statSync(scene.at(file))
      assert.equal(stats.mode & 0o777, 0o640)
      assert.equal(stats.mtimeMs, 1_500_000_000)
    }
  })
}

test('stdin goes to stdout', async () => {
  const plain = scene.write('piped', 2_000_000)
  const encrypted = await scene.run(['encrypt', '-k', 'alias/app'], { stdin: plain })
  assert.equal(encrypted.code, 0, encrypted.err)
  const decrypted = await scene.run(['decrypt', '--discovery', '-'], { stdin: encrypted.out })
  assert.equal(decrypted.code, 0, decrypted.err)
  assert.deepEqual(decrypted.out, plain)
})

test('a message in base64 is read with --decode and written with --encode', async () => {
  const plain = scene.write('text', 2_000_000)
  const encrypted = await scene.run(['encrypt', '-k', 'alias/app', 'text', '-o', '-', '--encode'])
  assert.match(encrypted.text, /^[A-Za-z0-9+/]+={0,2}$/)
  const lines = encrypted.text.replace(/.{76}/g, '$&\n')
  const decrypted = await scene.run([...decrypt, '--decode', '-'], { stdin: lines })
  assert.deepEqual(decrypted.out, plain)
  const refused = await scene.run([...decrypt, '-'], { stdin: encrypted.text })
  assert.equal(refused.code, 255)
  assert.match(refused.err, /This is a message in base64: give --decode\./)
})

test('decryption under a named alias reads the messages of its key, and of no other', async () => {
  scene.write('named')
  await scene.run(['encrypt', '-k', 'alias/app', 'named'])
  const own = await scene.run(['decrypt', '-k', 'alias/app', 'named.keyhold', '-o', 'named-2'])
  assert.equal(own.code, 0, own.err)
  const other = await scene.createKey()
  const wrong = await scene.run(['decrypt', '-k', other, 'named.keyhold', '-o', 'named-3'])
  assert.equal(wrong.code, 255)
  assert.match(wrong.err, /named\.keyhold: None of the given keys is one that this message is/)
  assert.ok(!existsSync(scene.at('named-3')))
})

test('several keys each decrypt', async () => {
  const plain = scene.write('shared')
  const other = await scene.createKey()
  await scene.run([
    'encrypt',
    '-w',
    `key=${scene.keyArn}`,
    `key=${other}`,
    '-i',
    'shared',
    '-o',
    's',
  ])
  for (const key of [scene.keyArn, other]) {
    const ran = await scene.run(['decrypt', '-k', key, 's', '-o', '-'])
    assert.deepEqual(ran.out, plain)
  }
})

test('a range of the plaintext is decrypted, with both of its ends', async () => {
  const plain = scene.write('ranged', 300_000)
  await scene.run(['encrypt', '-k', 'alias/app', '--frame-length', '1000', 'ranged'])
  const ranges = [
    ['1999-2000', 1999, 2001],
    ['299990-400000', 299_990, 300_000],
    ['0-', 0, 300_000],
  ] as const
  for (const [range, from, to] of ranges) {
    const ran = await scene.run([...decrypt, '--range', range, 'ranged.keyhold'])
    assert.equal(ran.code, 0, ran.err)
    assert.deepEqual(ran.out, plain.slice(from, to))
  }
  for (const range of ['5', '5-4', 'a-b', '-5'])
    assert.equal((await scene.run([...decrypt, `--range=${range}`, 'ranged.keyhold'])).code, 252)
})

test('a range tells what it proves, and is written as any other output', async () => {
  const plain = scene.write('part', 300_000)
  await scene.run(['encrypt', '-k', 'alias/app', '--frame-length', '1000', 'part'])
  const range = [...decrypt, '--range', '500-1500', 'part.keyhold', '-o']
  const { text, code } = await scene.run([...range, 'out', '--json'])
  const [, done] = text.split('\n').map((line) => JSON.parse(line || '{}'))
  const { proven, isEndProven, plaintextBytes, outputBytes } = done
  assert.deepEqual([code, proven, isEndProven, plaintextBytes], [0, 'frames', false, 300_000])
  assert.deepEqual([outputBytes, scene.read('out')], [1001, plain.slice(500, 1501)])
  const told = await scene.run([...range, 'out', '-v'])
  assert.match(told.err, /out was there already, and is replaced\n.*1001 of 300000 bytes; these by/)
  const asked = await scene.run([...range, 'out', '--interactive'], { stdin: 'n\n' })
  assert.match(asked.err, /Replace .*out\? \[y\/N\] .*is kept/)
  const kept = scene.read('part.keyhold')
  const self = await scene.run([...range, 'part.keyhold'])
  assert.deepEqual([self.code, scene.read('part.keyhold')], [252, kept])
  const lines = await scene.run([...range, 'out', '--metadata-output', 'meta'])
  assert.match(lines.err, /--metadata-output does not go with --range/)
})

test('a range of nothing that is there, or of several files, is refused', async () => {
  const gone = await scene.run([...decrypt, '--range', '0-1', 'gone'])
  assert.equal(gone.code, 255)
  assert.match(gone.err, /gone: skipped: there is no such file/)
  const two = await scene.run([...decrypt, '--range', '0-1', 'part.keyhold', 'ranged.keyhold'])
  assert.match(two.err, /--range takes exactly one file/)
  scene.write('no-message', 'hello, world')
  const wrong = await scene.run([...decrypt, '--range', '0-1', 'no-message'])
  assert.match(wrong.err, /^keyhold: no-message: This is not an encrypted message/)
})

test('nothing but inputs and outputs is left in the folder', () => {
  assert.deepEqual(
    readdirSync(scene.path).filter((name) => name.includes('partial')),
    [],
  )
})
