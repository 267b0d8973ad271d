import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { encryptInto, rawAesKeyring } from '@keyhold/envelope'
import { explain } from '../../../src/cli/files/explain.ts'
import { Scene } from './scene.ts'

const scene = await Scene.open()
const keys = ['-k', 'alias/app']
const decrypt = ['decrypt', ...keys]
const plain = scene.write('plain', 2_000_000)
await scene.run(['encrypt', '-k', 'alias/app', '-c', 'project=blue', 'plain'])
const message = scene.read('plain.keyhold')

const changed = (at: number): Uint8Array => {
  const copy = message.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

const faults: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a truncated message', message.subarray(0, 1_500_000), /The message is truncated: its end is/],
  ['a truncated header', message.subarray(0, 100), /The message is truncated/],
  ['a changed body', changed(1_000_000), /The message was changed after it was encrypted/],
  [
    'a changed signature',
    changed(message.length - 1),
    /was changed after it was encrypted|damaged/,
  ],
  ['bytes behind the message', Buffer.concat([message, Buffer.of(0)]), /The message is damaged/],
  ['an empty file', new Uint8Array(0), /not an encrypted message: there are no bytes/],
  ['some other file', Buffer.from('hello, world'), /This is not an encrypted message/],
  ['a file of age', Buffer.from('age-encryption.org/v1\n-> X25519'), /a file of age/],
  ['a ciphertext of the service', Buffer.from('SwEBAKpq'), /of a key service in base64; its Decr/],
  ['base64', Buffer.from(Buffer.from(message).toString('base64')), /in base64: give --decode/],
]

for (const [what, bytes, sentence] of faults) {
  test(`${what} is refused with a sentence, and the old output stays`, async () => {
    const old = scene.write('out', 'the old content')
    scene.write('bad', bytes)
    const ran = await scene.run([...decrypt, '-i', 'bad', '-o', 'out', '-q'])
    assert.equal(ran.code, 255)
    assert.match(ran.err, /^keyhold: bad: .*\n$/)
    assert.match(ran.err, sentence)
    assert.deepEqual(scene.read('out'), old)
    assert.deepEqual(
      readdirSync(scene.path).filter((name) => name.includes('partial')),
      [],
    )
    const verified = await scene.run(['verify', '-k', 'alias/app', 'bad'])
    assert.equal(verified.code, 255)
    assert.match(verified.err, sentence)
  })
}

test('another encryption context is refused, in small messages and in large ones', async () => {
  scene.write('small', 10)
  await scene.run(['encrypt', '-k', 'alias/app', '-c', 'project=blue', '-i', 'small'])
  for (const name of ['plain.keyhold', 'small.keyhold']) {
    const wrong = await scene.run([...decrypt, name, '-o', 'wrong', '-c', 'project=red'])
    assert.equal(wrong.code, 255)
    assert.match(wrong.err, /context is another one: project is "blue", not "red"/)
    const missing = await scene.run([...decrypt, name, '-o', 'wrong', '-c', 'owner'])
    assert.match(missing.err, /context is another one: it has no owner/)
    assert.ok(!existsSync(scene.at('wrong')))
    const right = await scene.run([...decrypt, name, '-o', '-', '-c', 'project', 'project=blue'])
    const ahead = await scene.run([...decrypt, '-o', '-', '-c', 'project=blue', name])
    assert.equal(ahead.code, 0, ahead.err)
    assert.equal(right.code, 0, right.err)
  }
})

test('of a message in the wrong context not one byte reaches stdout', async () => {
  const ran = await scene.run([...decrypt, '-o', '-', '-c', 'project=red', '-i', 'plain.keyhold'])
  assert.equal(ran.code, 255)
  assert.equal(ran.out.length, 0)
})

test('with --buffer, of a damaged message not one byte reaches stdout', async () => {
  scene.write('bad', changed(1_900_000))
  const streamed = await scene.run([...decrypt, '-i', 'bad', '-o', '-'])
  assert.ok(streamed.out.length < plain.length)
  const buffered = await scene.run([...decrypt, '-b', '-i', 'bad', '-o', '-'])
  assert.deepEqual([buffered.code, buffered.out.length], [255, 0])
})

test('signed messages are refused where only unsigned ones may be read', async () => {
  const ran = await scene.run(['--decrypt-unsigned', ...keys, '-i', 'plain.keyhold', '-o', '-'])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /The message is signed, and that is not allowed/)
  const algorithm = 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY'
  await scene.run([
    '-e',
    '-w',
    'key=alias/app',
    '--algorithm',
    algorithm,
    '-i',
    'plain',
    '-o',
    'un',
  ])
  const unsigned = await scene.run(['--decrypt-unsigned', ...keys, '-i', 'un', '-o', '-'])
  assert.deepEqual(unsigned.out, plain)
})

test('limits of frames and data keys, and the commitment policy, are kept', async () => {
  const long = await scene.run([...decrypt, '--max-length', '1000', '-i', 'plain.keyhold'])
  assert.match(long.err, /frame of 262144 bytes; 1000 are allowed|is there already/)
  const forced = await scene.run([...decrypt, '-f', '--max-length', '1000', 'plain.keyhold'])
  assert.match(forced.err, /1000 are allowed/)
  const old = ['--algorithm', 'AES_256_GCM_IV12_TAG16_HKDF_SHA256', '-i', 'plain', '-o', 'old']
  const refused = await scene.run(['encrypt', '-k', 'alias/app', ...old])
  assert.match(refused.err, /commitment policy/)
  const policy = ['--commitment-policy', 'forbid-encrypt-allow-decrypt']
  assert.equal((await scene.run(['encrypt', '-k', 'alias/app', ...policy, ...old])).code, 0)
  assert.match((await scene.run([...decrypt, 'old', '-o', '-'])).err, /commitment policy/)
  assert.equal((await scene.run([...decrypt, 'old', '-o', '-', ...policy])).code, 0)
})

test('a key, a service or credentials that are not there are told', async () => {
  const key = await scene.run(['encrypt', '-k', 'alias/none', 'plain', '-o', 'x'])
  assert.equal(key.code, 255)
  assert.match(key.err, /plain: .*alias\/none.*\(NotFoundException\)/)
  const flags = ['--endpoint-url', 'http://127.0.0.1:1', '--region', 'eu-central-1']
  const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' }
  const away = await scene.run(['encrypt', '-k', 'alias/app', 'plain', '-o', 'x', ...flags], {
    env,
  })
  const nobody = { AWS_ENDPOINT_URL_KMS: scene.service.endpoint, AWS_REGION: 'eu-central-1' }
  const unsigned = await scene.run(['encrypt', '-k', 'alias/app', 'plain', '-o', 'x'], {
    env: nobody,
  })
  assert.equal(unsigned.code, 253)
  assert.match(unsigned.err, /Unable to locate credentials/)
  assert.match(away.err, /The service at http:\/\/127\.0\.0\.1:1\/? does not answer/)
  assert.ok(!existsSync(scene.at('x')))
})

test('what cannot be meant is refused before anything is read', async () => {
  for (const [flags, sentence] of [
    [['-o', ''], /the name of the output is empty/],
    [['', '-o', 'x'], /the name of an input is empty/],
    [['--suffix=/../x'], /--suffix is the end of a name, and no path/],
    [['--frame-length', '4294967296'], /--frame-length is a whole number of at most 4294967295/],
    [['--frame-length', '0'], /--frame-length is a whole number of at least 1; not 0/],
    [
      ['--caching', 'capacity=1', 'max_age=1', 'max_messages_encrypted=4294967297', '-f'],
      /max_messages_encrypted is a whole number of at most 4294967296/,
    ],
  ] as const) {
    const ran = await scene.run(['encrypt', ...keys, 'plain', ...flags])
    assert.equal(ran.code, 252, flags.join(' '))
    assert.match(ran.err, sentence)
  }
})

test('a file that grows while it is read fails with what happened to it', async () => {
  const keyring = rawAesKeyring({ namespace: 'a', name: 'b', key: new Uint8Array(16) })
  const grown = [new Uint8Array(10), new Uint8Array(1)]
  const writing = encryptInto(grown, () => {}, { keyring, plaintextBytesMax: 10 })
  const { message: told } = await writing.then(() => assert.fail('it was written'), explain)
  assert.equal(told, 'The file became longer while it was read.')
})

test('a message does not choose the key that it is read with, unless it is let', async () => {
  for (const command of ['decrypt', 'verify']) {
    const ran = await scene.run([command, 'plain.keyhold'])
    assert.equal(ran.code, 252)
    assert.match(ran.err, /name a key: -k alias\/app, or -w key=…; or accept any by --discovery\./)
  }
  const range = await scene.run(['decrypt', '--range', '0-9', 'plain.keyhold'])
  assert.equal(range.code, 252)
  const { out } = await scene.run(['decrypt', '--discovery', 'plain.keyhold', '-o', '-'])
  assert.deepEqual(out, plain)
  assert.equal((await scene.run(['verify', '--discovery', 'plain.keyhold'])).code, 0)
  const both = await scene.run([...decrypt, '--discovery', 'plain.keyhold'])
  assert.equal(both.code, 252)
  assert.match(both.err, /-k and --discovery exclude each other/)
  const encrypting = await scene.run(['encrypt', '--discovery', 'plain'])
  assert.match(encrypting.err, /--discovery belongs to keyhold decrypt, verify/)
})
