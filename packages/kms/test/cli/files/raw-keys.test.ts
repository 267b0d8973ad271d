import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import test from 'node:test'
import { Folder } from './scene.ts'

// No service runs: none of this needs one.
const folder = new Folder()
const plain = folder.write('plain', 3000)

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
const pem = (name: string, pair: Pair): void => {
  folder.write(`${name}.key`, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  folder.write(`${name}.pub`, pair.publicKey.export({ type: 'spki', format: 'pem' }))
}
pem('rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }))
pem('ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
pem('peer', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
pem('larger', generateKeyPairSync('ec', { namedCurve: 'P-384' }))
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const
folder.write('locked', privateKey.export(locked))
folder.write('openssh', '-----BEGIN OPENSSH PRIVATE KEY-----\n')
folder.write('base64', Buffer.alloc(32, 1).toString('base64'))
folder.write('aes', 32)
folder.write('hex', `${'0f'.repeat(16)}\n`)
folder.write('hex-without-line-end', '0F'.repeat(16))
folder.write('other', 32)

const ways: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['an AES key', ['--raw-key-file', 'aes'], ['--raw-key-file', 'aes']],
  [
    'an AES key in hex, with names',
    ['-w', 'provider=raw-aes', 'key-file=hex', 'namespace=ours', 'name=k1'],
    ['-w', 'provider=raw-aes', 'key-file=hex', 'namespace=ours', 'name=k1'],
  ],
  [
    'an AES key in hex, with a line end or without,',
    ['--raw-key-file', 'hex'],
    ['--raw-key-file', 'hex-without-line-end'],
  ],
  [
    'an RSA key pair',
    ['-w', 'provider=raw-rsa', 'key-file=rsa.pub'],
    ['-w', 'provider=raw-rsa', 'key-file=rsa.key'],
  ],
  [
    'an RSA key pair and PKCS #1 padding',
    ['-w', 'provider=raw-rsa', 'key-file=rsa.pub', 'padding=pkcs1'],
    ['-w', 'provider=raw-rsa', 'key-file=rsa.key', 'padding=pkcs1'],
  ],
  [
    'an EC key',
    ['-w', 'provider=raw-ecdh', 'key-file=ec.pub'],
    ['-w', 'provider=raw-ecdh', 'key-file=ec.key'],
  ],
  [
    'an EC key on the curve that it names',
    ['-w', 'provider=raw-ecdh', 'key-file=larger.pub'],
    ['-w', 'provider=raw-ecdh', 'key-file=larger.key', 'curve=p-384'],
  ],
  [
    'two EC keys',
    ['-w', 'provider=raw-ecdh', 'key-file=ec.key', 'peer-key-file=peer.pub'],
    ['-w', 'provider=raw-ecdh', 'key-file=peer.key', 'peer-key-file=ec.pub'],
  ],
]

for (const [what, write, read] of ways) {
  test(`${what} encrypts and decrypts without any service`, async () => {
    const encrypted = await folder.run(['encrypt', ...write, '-i', 'plain', '-o', 'message'])
    assert.equal(encrypted.code, 0, encrypted.err)
    const decrypted = await folder.run(['decrypt', ...read, '-i', 'message', '-o', '-'])
    assert.deepEqual(decrypted.out, plain)
    assert.equal((await folder.run(['verify', ...read, '-i', 'message'])).code, 0)
  })
}

test('another key, or the same one under another name, does not decrypt', async () => {
  await folder.run(['encrypt', '--raw-key-file', 'aes', '-i', 'plain', '-o', 'message'])
  const named = ['-w', 'provider=raw-aes', 'key-file=aes', 'name=another']
  for (const keys of [['--raw-key-file', 'other'], named]) {
    const ran = await folder.run(['decrypt', ...keys, '-i', 'message', '-o', '-'])
    assert.equal(ran.code, 255)
    assert.match(ran.err, /message: None of the given keys is one that this message is encrypted/)
    assert.equal(ran.out.length, 0)
  }
})

const wrongKeys: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a file of another length', ['key-file=plain', 'provider=raw-aes'], /is no AES key: it has to/],
  [
    'a file that is not there',
    ['key-file=gone', 'provider=raw-aes'],
    /key file cannot be read: .*gone: there is no such file/,
  ],
  ['no PEM', ['key-file=aes', 'provider=raw-rsa'], /aes is no key in PEM/],
  ['an unknown padding', ['key-file=rsa.pub', 'provider=raw-rsa', 'padding=x'], /no padding x/],
  ['an unknown curve', ['key-file=ec.pub', 'provider=raw-ecdh', 'curve=x'], /no curve x/],
  ['no file at all', ['provider=raw-aes'], /needs key-file=/],
  ['an EC key for RSA', ['key-file=ec.pub', 'provider=raw-rsa'], /ec\.pub: .*needs an RSA key/],
  ['base64', ['key-file=base64', 'provider=raw-aes'], /looks like base64, which has to be dec/],
  ['two files', ['key-file=aes', 'key-file=hex', 'provider=raw-aes'], /more than one key-file=/],
  ['a locked key', ['key-file=locked', 'provider=raw-ecdh'], /protected by a passphrase/],
  ['a key of OpenSSH', ['key-file=openssh', 'provider=raw-rsa'], /a key of OpenSSH: ssh-keygen/],
  [
    'a key on another curve',
    ['key-file=ec.pub', 'provider=raw-ecdh', 'curve=P-384'],
    /ec\.pub: .*is not on the curve P-384/,
  ],
]

for (const [what, words, sentence] of wrongKeys) {
  test(`${what} as a raw key is refused with a sentence`, async () => {
    const ran = await folder.run(['encrypt', '-w', ...words, '-i', 'plain', '-o', 'x'])
    assert.equal(ran.code, what === 'no file at all' ? 252 : 253)
    assert.match(ran.err, sentence)
  })
}
