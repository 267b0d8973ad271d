import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import test from 'node:test'
import { Base64Encoder, decodeBase64 } from '../../../src/cli/files/base64.ts'
import { readInput } from '../../../src/cli/files/read.ts'
import { fileSink } from '../../../src/cli/files/sink.ts'
import { Folder } from './scene.ts'

const folder = new Folder()
folder.write('key', 32)
folder.write('plain', 'the content')
const keys = ['--raw-key-file', 'key']

test('a file whose name was not given by -o is not replaced, unless -f says so', async () => {
  const old = folder.write('plain.keyhold', 'old')
  const kept = await folder.run(['encrypt', ...keys, 'plain'])
  assert.equal(kept.code, 255)
  assert.match(kept.err, /plain: skipped: .*plain\.keyhold is there already; -f replaces it/)
  assert.deepEqual(folder.read('plain.keyhold'), old)
  assert.equal((await folder.run(['encrypt', '-f', ...keys, 'plain'])).code, 0)
  assert.notDeepEqual(folder.read('plain.keyhold'), old)
})

test('-o replaces and tells it once it is done, and --no-overwrite never', async () => {
  folder.write('out', 'old')
  const flags = ['encrypt', ...keys, '-i', 'plain', '-o', 'out']
  assert.equal((await folder.run(flags)).err, 'keyhold: out was there already, and is replaced\n')
  const failed = await folder.run(['decrypt', ...keys, '-i', 'plain', '-o', 'out'])
  assert.match(failed.err, /^keyhold: plain: This is not an encrypted message.*\n$/)
  const kept = folder.read('out')
  assert.equal((await folder.run([...flags, '--no-overwrite'])).code, 255)
  assert.deepEqual(folder.read('out'), kept)
})

test('--interactive asks for each file, and takes yes for an answer', async () => {
  for (const [stdin, isReplaced] of [
    ['y\n', true],
    ['n\n', false],
    ['', false],
  ] as const) {
    const old = folder.write('asked', 'old')
    const flags = ['encrypt', '--interactive', ...keys, '-i', 'plain', '-o', 'asked']
    const ran = await folder.run(flags, { stdin })
    assert.match(ran.err, /Replace .*asked\? \[y\/N\] /)
    assert.equal(Buffer.compare(folder.read('asked'), old) !== 0, isReplaced)
    assert.equal(ran.code, isReplaced ? 0 : 255)
  }
})

test('a file that appears meanwhile is not replaced either', async () => {
  const sink = await fileSink(folder.at('late'), false, undefined)
  await sink.write(Buffer.from('new'))
  const late = folder.write('late', 'came in between')
  await assert.rejects(sink.commit(), /late is there already/)
  await sink.abort()
  assert.deepEqual(folder.read('late'), late)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.endsWith('.partial')),
    [],
  )
})

test('before it is whole, an output is not to be seen, and nobody else can read it', async () => {
  mkdirSync(folder.at('watched'))
  const sink = await fileSink(folder.at('watched/out'), true, undefined)
  await sink.write(Buffer.from('part'))
  const [name = '', ...others] = readdirSync(folder.at('watched'))
  assert.deepEqual([name.startsWith('.out.'), others], [true, []])
  assert.equal(statSync(folder.at(`watched/${name}`)).mode & 0o777, 0o600)
  await sink.commit()
  assert.deepEqual(readdirSync(folder.at('watched')), ['out'])
})

test('an output that is a link stays one, and its file is replaced', async () => {
  folder.write('real', 'old')
  symlinkSync(folder.at('real'), folder.at('alias'))
  await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', 'alias'])
  assert.ok(lstatSync(folder.at('alias')).isSymbolicLink())
  assert.equal((await folder.run(['verify', ...keys, 'real'])).code, 0)
})

test('a device is written as it is', async () => {
  const ran = await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', '/dev/null'])
  assert.equal(ran.code, 0, ran.err)
  assert.ok(statSync('/dev/null').isCharacterDevice())
})

test('a file that is replaced is not opened to more than could read it before', async () => {
  for (const [input, old, after] of [
    [0o644, 0o600, 0o600],
    [0o600, 0o644, 0o600],
    [0o644, 0o644, 0o644],
  ] as const) {
    folder.write('private', 'old')
    chmodSync(folder.at('plain'), input)
    chmodSync(folder.at('private'), old)
    await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', 'private'])
    assert.equal(statSync(folder.at('private')).mode & 0o777, after)
  }
})

test('-o /dev/stdout is stdout, whatever that leads to', async () => {
  const ran = await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', '/dev/stdout'])
  folder.write('from-stdout', ran.out)
  assert.equal((await folder.run(['verify', ...keys, 'from-stdout'])).code, 0)
})

test('what comes out of a device has the permissions of any new file', async () => {
  await folder.run(['encrypt', ...keys, '-i', '/dev/null', '-o', 'of-device'])
  assert.equal(statSync(folder.at('of-device')).mode & 0o777, 0o666 & ~process.umask())
})

test('set-user-id bits are not handed on', async () => {
  chmodSync(folder.at('plain'), 0o4755)
  await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', 'mode'])
  assert.equal(statSync(folder.at('mode')).mode & 0o7777, 0o755)
})

test('any name that has room for the suffix will do, however many bytes its letters take', async () => {
  for (const name of ['字'.repeat(82), 'é'.repeat(120), 'n'.repeat(247)]) {
    folder.write(name)
    const ran = await folder.run(['encrypt', ...keys, name])
    assert.equal(ran.code, 0, ran.err)
    assert.equal((await folder.run(['verify', ...keys, `${name}.keyhold`])).code, 0)
  }
  const longest = 'n'.repeat(255)
  folder.write(longest)
  const ran = await folder.run(['encrypt', ...keys, longest])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /n\.keyhold: the name is too long\.\n$/)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.endsWith('.partial')),
    [],
  )
})

test('times are kept to the microsecond', async () => {
  utimesSync(folder.at('plain'), 1_700_000_000.25, 1_700_000_000.654321)
  await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', 'timed'])
  const { mtimeMs } = statSync(folder.at('timed'))
  assert.ok(Math.abs(mtimeMs - 1_700_000_000_654.321) < 0.002, String(mtimeMs))
})

test('a file that holds more than its size says is read whole, and not byte by byte', async () => {
  const content = folder.write('grown', 200_000)
  folder.write('empty', '')
  const named = { kind: 'file', shown: 'grown', below: 'grown', isFound: false } as const
  const input = { ...named, path: folder.at('grown'), stats: statSync(folder.at('empty')) }
  const stdin = (async function* () {})()
  const read = await Array.fromAsync(readInput(input, { stdin }))
  assert.deepEqual(new Uint8Array(Buffer.concat(read)), content)
  assert.ok(read.length < 10)
})

async function* pieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += length) yield Buffer.from(text.slice(at, at + length))
}

const joined = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(chunks)).toString()

test('base64 is the same however it comes in pieces', async () => {
  for (const text of ['', 'a', 'ab', 'abc', 'hello, world!'])
    for (let length = 1; length < 8; length++) {
      const encoder = new Base64Encoder()
      const parts = (await Array.fromAsync(pieces(text, length))).map((piece) =>
        encoder.push(piece),
      )
      const encoded = Buffer.concat([...parts, encoder.end()]).toString()
      assert.equal(encoded, Buffer.from(text).toString('base64'))
      assert.equal(await joined(decodeBase64(pieces(`${encoded}\n`, length))), text)
    }
})

test('a message that is not base64 is told from other input', async () => {
  await folder.run(['encrypt', ...keys, '-i', 'plain', '-o', 'binary'])
  const ran = await folder.run(['decrypt', ...keys, '--decode', '-i', 'binary', '-o', '-'])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /not base64, but looks like a message as it is: leave --decode out/)
})

test('what is not base64 is refused, in whatever pieces', async () => {
  for (const text of ['a', 'ab', 'abc', 'a===', 'ab==cd==', 'ab*=', 'YWI=YWI='])
    for (let length = 1; length < 9; length++)
      await assert.rejects(joined(decodeBase64(pieces(text, length))), /not base64/, text)
})
