import assert from 'node:assert/strict'
import test from 'node:test'
import { duration, ProgressBar, size } from '../../../src/cli/files/progress.ts'
import { Folder } from './scene.ts'

const folder = new Folder()
folder.write('key', 32)
folder.write('big', 4_000_000)
const keys = ['--raw-key-file', 'key']

test('a terminal sees a bar with rate and time left, and nothing of it stays', async () => {
  const flags = [...keys, '-i', 'big', '-o', 'bar']
  const { err, text } = await folder.run(['encrypt', ...flags], { isTerminal: true })
  assert.match(
    err,
    /\r\u001b\[K +\d+% [█░]{24} {2}\S+ [kM]?B {2}\S+ [kMG]?B\/s {2}\S.* left {2}big/,
  )
  assert.match(err, /\r\u001b\[Kencrypted big to bar \(4\.0 MB\)\n$/)
  assert.equal(text, '')
})

test('a pipe sees no bar, and -q silences the terminal too', async () => {
  const flags = [...keys, '-i', 'big', '-o', 'no-bar']
  assert.equal((await folder.run(['encrypt', ...flags])).err, '')
  const quiet = await folder.run(['encrypt', '-f', '-q', ...flags], { isTerminal: true })
  assert.equal(quiet.err, '')
})

test('--json tells every file and the end of it all in lines of JSON', async () => {
  const flags = ['--json', ...keys, 'big', 'gone', 'key', '-f', '--continue-on-error']
  const { text, err, code } = await folder.run(['encrypt', ...flags])
  assert.deepEqual([code, err], [255, ''])
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(events.map(({ event, input }) => [event, input].join(' ')).sort(), [
    'done big',
    'done key',
    'finish ',
    'skipped gone',
    'start ',
  ])
  const { done, failed, skipped, bytes } = events.at(-1)
  assert.deepEqual(
    { done, failed, skipped, bytes },
    { done: 2, failed: 0, skipped: 1, bytes: 4_000_032 },
  )
})

test('verify shows how far it is, and tells what it has read and found', async () => {
  await folder.run(['encrypt', ...keys, '-i', 'big', '-o', 'message'])
  const { err } = await folder.run(['verify', ...keys, 'message'], { isTerminal: true })
  assert.match(err, /\r\u001b\[K +\d+% [█░]{24} .* left {2}message/)
  const { text } = await folder.run(['verify', '--json', ...keys, 'message'])
  const [start, done] = text.split('\n').map((line) => JSON.parse(line || '{}'))
  const { length } = folder.read('message')
  assert.deepEqual(start, { event: 'start', files: 1, bytes: length })
  assert.deepEqual([done.inputBytes, done.plaintextBytes], [length, 4_000_000])
})

test('events go to stderr when stdout is the output', async () => {
  const { err, out } = await folder.run(['encrypt', '--json', ...keys, '-i', 'big', '-o', '-'])
  assert.equal(JSON.parse(err.split('\n')[1] ?? '').event, 'done')
  assert.ok(out.length > 4_000_000)
})

test('a terminal takes no binary message unless it is asked to', async () => {
  const stdin = 'text'
  const ran = await folder.run(['encrypt', ...keys], { stdin, isTerminal: true })
  assert.equal(ran.code, 252)
  assert.match(ran.err, /stdout is a terminal: give -o or --encode/)
  assert.equal(
    (await folder.run(['encrypt', '--encode', ...keys], { stdin, isTerminal: true })).code,
    0,
  )
})

test('a bar is drawn ten times a second at most, and stays within the terminal', () => {
  const drawn: string[] = []
  let nowMs = 0
  const sink = { write: (text: string | Uint8Array) => drawn.push(String(text)), columns: 40 }
  const bar = new ProgressBar(sink, () => nowMs)
  bar.start(1, 1_000_000)
  for (; nowMs < 1000; nowMs += 10) bar.advance('a\u001b[2Jname', 10_000)
  assert.equal(drawn.length, 10)
  for (const line of drawn) assert.ok(line.length <= 39 + '\r\u001b[K'.length)
  assert.ok(drawn.every((line) => line.lastIndexOf('\u001b') === 1))
})

test('sizes and times are told in three figures or so', () => {
  const sizes = [0, 999, 1000, 1500, 999_600, 123_456_789, 5e12].map(size)
  assert.deepEqual(sizes, ['0 B', '999 B', '1.0 kB', '1.5 kB', '1.0 MB', '123 MB', '5.0 TB'])
  const times = [0, 400, 9999, 12_000, 754_000, 3_605_000].map(duration)
  assert.deepEqual(times, ['0.0 s', '0.4 s', '10.0 s', '0:12', '12:34', '1:00:05'])
})

test('inspect tells what a message says, for people and for programs', async () => {
  await folder.run(['encrypt', ...keys, '-c', 'who=\u001b[2Jme', '-i', 'key', '-o', 'm'])
  const { text, code } = await folder.run(['inspect', 'm'])
  assert.equal(code, 0)
  assert.match(text, /^m\n {2}message {4}version 2, \d+ bytes, id /)
  assert.match(text, /data key {3}keyhold {2}raw-aes\n/)
  assert.match(text, /context {4}who=\?\[2Jme\n/)
  assert.match(text, /plaintext {2}32 bytes/)
  const json = JSON.parse((await folder.run(['inspect', '--json', 'm'])).text)
  assert.deepEqual([json.plaintextBytes, json.frames, json.isWhole], [32, 1, true])
  folder.write('cut', folder.read('m').subarray(0, -5))
  assert.match((await folder.run(['inspect', 'cut'])).text, /unknown: the message is not whole/)
  folder.write('no-message', 'hello, world')
  const wrong = await folder.run(['inspect', 'no-message', 'm'])
  assert.equal(wrong.code, 255)
  assert.match(wrong.err, /^keyhold: no-message: This is not an encrypted message/)
})

test('no name of a file moves the cursor, whatever is told of it', async () => {
  const name = 'odd\u001b[2J\rname'
  for (const path of [name, `more/${name}`]) folder.write(path, 'no message')
  folder.write(`${name}.keyhold`, 'old')
  folder.write(`other/${name}`)
  for (const words of [
    ['inspect', name, `gone${name}`],
    ['encrypt', ...keys, name],
    ['encrypt', ...keys, '--interactive', name],
    ['encrypt', ...keys, '-i', name, '-o', name],
    ['encrypt', ...keys, '-i', `more/${name}`, `other/${name}`, '-o', 'more'],
    ['decrypt', ...keys, name, '-o', 'x'],
    ['verify', ...keys, name],
  ]) {
    const { err, code } = await folder.run(words)
    assert.notEqual(code, 0)
    assert.match(err, /odd\?\[2J\?name/)
    assert.doesNotMatch(err, /[\u001b\r]/)
  }
})

test('the help of each command teaches its flags within 100 columns', async () => {
  for (const command of ['encrypt', 'decrypt', 'inspect', 'verify']) {
    const { text, code } = await folder.run([command, '--help'])
    assert.equal(code, 0)
    assert.match(text, new RegExp(`^keyhold ${command} - `))
    for (const line of text.split('\n')) assert.ok(line.length <= 100, line)
  }
})
