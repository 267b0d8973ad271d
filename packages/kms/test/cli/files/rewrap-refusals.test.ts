import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import test from 'node:test'
import { defaultManager, type MaterialsManager, rawAesKeyring } from '@keyhold/envelope'
import { inPlace } from '../../../src/cli/files/in-place.ts'
import { findInputs } from '../../../src/cli/files/inputs.ts'
import { rewrapJob } from '../../../src/cli/files/rewrap.ts'
import { readMessageSettings } from '../../../src/cli/files/settings.ts'
import { algorithms, KeyFolder, keys, newKey, readsV1 } from './rewrap-setting.ts'

const folder = new KeyFolder()

const spoiled: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp])[] = [
  [
    'tampered in its body',
    (bytes) => bytes.with(bytes.length - 300, (bytes.at(-300) ?? 0) ^ 1),
    /m: The message was changed after/,
  ],
  [
    'tampered in its header',
    (bytes) => bytes.with(10, (bytes[10] ?? 0) ^ 1),
    /m: The message was changed after|None of/,
  ],
  ['cut short', (bytes) => bytes.slice(0, -1), /m: The message is truncated: its end is missing/],
  [
    'followed by something',
    (bytes) => new Uint8Array([...bytes, 0]),
    /m: The message is damaged: other bytes follow/,
  ],
  [
    'no message',
    () => new Uint8Array(Buffer.from('some text')),
    /m: This is not an encrypted message/,
  ],
]

for (const [what, spoil, sentence] of spoiled)
  test(`a file that is ${what} is left as it is, with a sentence`, async () => {
    for (const flags of Object.values(algorithms)) {
      await folder.encrypted('m', 1000, flags)
      const bytes = spoil(folder.read('m'))
      folder.write('m', bytes)
      const rewrap = ['rewrap', ...keys, ...readsV1, '-i', 'm']
      for (const output of [[], ['-o', 'never']]) {
        const ran = await folder.run([...rewrap, ...output])
        assert.equal(ran.code, 255)
        assert.match(ran.err, sentence)
      }
      assert.deepEqual(folder.read('m'), bytes)
      assert.ok(!existsSync(folder.at('never')))
      assert.deepEqual(folder.partials(), [])
      const piped = await folder.run(rewrap.slice(0, -2), { stdin: bytes })
      assert.equal(piped.code, 255)
      folder.write('piped', piped.out)
      assert.equal(await folder.decrypted('piped', newKey), undefined)
    }
  })

test('a message under another key, in another context or forbidden is left as it is', async () => {
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--from-raw-key-file', 'other'], /m: None of the given keys is one that this message is/],
    [
      ['--from-raw-key-file', 'old', '-c', 'who=you'],
      /m: The encryption context is another one: who is "me"/,
    ],
    [
      ['--from-raw-key-file', 'old', '-c', 'whose'],
      /m: The encryption context is another one: it has no whose/,
    ],
    [
      ['--from-raw-key-file', 'old', '--max-length', '10'],
      /m: The message has a frame of \d+ bytes/,
    ],
    [['--from-raw-key-file', 'old', '--max-encrypted-data-keys', '1'], /data keys/],
  ]
  const two = ['--raw-key-file', 'other', '-w', 'provider=raw-aes', 'key-file=new', 'name=2']
  for (const [flags, sentence] of refusals) {
    await folder.encrypted('m', 1000, ['-c', 'who=me'])
    const old = folder.read('m')
    const ran = await folder.run(['rewrap', ...two, ...flags, '-i', 'm'])
    assert.equal(ran.code, 255)
    assert.match(ran.err, sentence)
    assert.deepEqual(folder.read('m'), old)
  }
  await folder.encrypted('m', 1000, algorithms['an unsigned message of version 1'])
  const strict = await folder.run(['rewrap', ...keys, 'm'])
  assert.equal(strict.code, 255)
  assert.match(strict.err, /commitment policy REQUIRE_ENCRYPT_REQUIRE_DECRYPT does not allow/)
  const named = await folder.encrypted('m', 1000, ['-c', 'who=me'])
  assert.equal((await folder.run(['rewrap', ...keys, '-c', 'who=me', '-i', 'm'])).code, 0)
  assert.deepEqual(await folder.decrypted('m', newKey), named)
})

test('a file that is written meanwhile is not replaced', async () => {
  await folder.encrypted('m', 3_000_000)
  const path = folder.at('m')
  const managerOf = (key: string): MaterialsManager =>
    defaultManager(rawAesKeyring({ namespace: 'keyhold', name: 'raw-aes', key: folder.read(key) }))
  const [from, to] = [managerOf('old'), managerOf('new')]
  const meanwhile: MaterialsManager = {
    ...to,
    encryptionMaterials: async (request) => {
      folder.write('next', 'written in between')
      renameSync(folder.at('next'), path)
      return await to.encryptionMaterials(request)
    },
  }
  const settings = readMessageSettings('rewrap', { flags: new Map(), paths: [] })
  const { inputs } = await findInputs([path], { cwd: '/', recursive: false, symlinks: 'follow' })
  const [job] = (await inPlace({ inputs, skipped: [], isOne: true })).jobs
  assert.ok(job)
  const stdin = (async function* () {})()
  const io = { stdin, stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd: '/' }
  const how = { encode: false, decode: false, reencrypt: false, isInPlace: true, settings, io }
  await assert.rejects(
    rewrapJob(job, { ...how, from, to: meanwhile }, () => {}),
    /The file was changed meanwhile/,
  )
  assert.deepEqual(folder.read('m'), new Uint8Array(Buffer.from('written in between')))
  assert.deepEqual(folder.partials(), [])
})

const usage: readonly (readonly [readonly string[], RegExp])[] = [
  [['rewrap', 'm'], /name the new key: -k alias\/app, or -w key=…\./],
  [['rewrap', ...newKey, 'm'], /name the old key: --from-key .*or accept any by --from-discovery/],
  [
    ['rewrap', ...newKey, '--from-wrapping-keys', 'region=x'],
    /--from-wrapping-keys needs key=, or discovery=true/,
  ],
  [
    ['rewrap', '-w', 'discovery=true', '--from-discovery', '-i', 'm'],
    /discovery is for decryption/,
  ],
  [
    ['rewrap', ...newKey, '--from-key', 'a', '--from-discovery', 'm'],
    /--from-key and --from-discovery exclude/,
  ],
  [['rewrap', ...keys, '--no-overwrite', 'm'], /--no-overwrite needs -o/],
  [['rewrap', ...keys, '--suffix', '.x', 'm'], /--suffix belongs to keyhold encrypt, decrypt/],
  [['encrypt', ...keys, 'm'], /--from-raw-key-file belongs to keyhold rewrap/],
  [['rewrap', ...keys, 'm', 'old', '-o', 'two'], /-o has to be a directory that exists/],
  [['rewrap', ...keys, 'm', '-o', 'm'], /m is an input and would be an output as well/],
]

for (const [args, sentence] of usage)
  test(`${args.slice(0, 5).join(' ')} is refused: ${sentence.source}`, async () => {
    folder.write('m', 'unread')
    const ran = await folder.run(args)
    assert.equal(ran.code, 252)
    assert.match(ran.err, sentence)
    assert.deepEqual(folder.read('m'), new Uint8Array(Buffer.from('unread')))
  })
