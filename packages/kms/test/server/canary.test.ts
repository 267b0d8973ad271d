import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { base64, createKey, encrypt, succeeded } from './expect.ts'
import { everyFile } from './files.ts'
import {
  bodyBytes,
  type Reply,
  signedHeaders,
  startTestService,
  type TestService,
} from './harness.ts'
import { externalKey, importMaterial } from './importing.ts'
import { createKeyFor, validInput } from './inputs.ts'

/** Secrets by what they are, in the spellings in which they might turn up. */
class Canaries {
  readonly #secrets = new Map<string, Buffer[]>()
  add(name: string, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes)
    const spellings = [
      buffer,
      Buffer.from(buffer.toString('base64')),
      Buffer.from(buffer.toString('hex')),
    ]
    this.#secrets.set(`${name} ${this.#secrets.size}`, spellings)
  }
  /** The names of the secrets that the bytes hold. */
  in(bytes: Buffer): string[] {
    return [...this.#secrets]
      .filter(([, spellings]) => spellings.some((spelling) => bytes.includes(spelling)))
      .map(([name]) => name)
  }
}

const text = 'canary-in-a-coal-mine-4711'
const token = 'canary-grant-token-4711'

/** Calls that carry secrets and are refused, wherever on the way that is. */
const refusedCalls = (KeyId: string): readonly (readonly [operation: string, body: unknown])[] => [
  ['Encrypt', { KeyId, Plaintext: text }],
  ['Encrypt', { KeyId, Plaintext: { [text]: text } }],
  ['Encrypt', { KeyId, Plaintext: base64(text.repeat(200)) }],
  ['Encrypt', { KeyId, Plaintext: base64(text), GrantTokens: [token] }],
  ['Encrypt', { KeyId, Plaintext: base64(text), GrantTokens: [token.repeat(500)] }],
  ['Encrypt', { KeyId, Plaintext: base64(text), GrantTokens: [[token]] }],
  ['Encrypt', { KeyId: 'none', Plaintext: base64(text) }],
  ['Encrypt', { KeyId, Plaintext: base64(text), EncryptionAlgorithm: 'SM2PKE' }],
  ['Encrypt', { KeyId, Plaintext: base64(text), DryRun: true }],
  ['Encrypt', `{"KeyId":"${KeyId}","Plaintext":"${text}`],
  ['Encrypt', `{"KeyId":"${KeyId}","Plaintext":"${base64(text)}" ${text}}`],
  ['Sign', { KeyId, Message: base64(text), SigningAlgorithm: 'ECDSA_SHA_256' }],
  ['ImportKeyMaterial', { KeyId, EncryptedKeyMaterial: base64(text), ImportToken: base64(token) }],
  ['Decrypt', { CiphertextBlob: base64(text) }],
  ['Decrypt', { CiphertextBlob: base64(text.repeat(300)) }],
  ['Nothing', { Plaintext: base64(text) }],
]

/** Makes the service see every kind of secret. Returns all answers that were refusals. */
const useAll = async (service: TestService, canaries: Canaries): Promise<Reply[]> => {
  const { call, credentials, clock, endpoint } = service
  const { KeyId } = await createKey(service)
  const encrypted = succeeded(await call('Encrypt', { KeyId, Plaintext: base64(text) }))
  const { CiphertextBlob } = encrypted
  succeeded(await call('Decrypt', { CiphertextBlob }))
  succeeded(await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }))
  const dataKey = succeeded(await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }))
  const imported = randomBytes(32)
  canaries.add('imported material', imported)
  const external = await externalKey(service)
  succeeded(await importMaterial(service, external, imported))
  assert.equal((await importMaterial(service, external, Buffer.from(text))).status, 400)
  await encrypt(service, { KeyId: external.KeyId })
  const random = succeeded(await call('GenerateRandom', { NumberOfBytes: 32 }))
  for (const secret of [
    CiphertextBlob,
    dataKey['Plaintext'],
    dataKey['CiphertextBlob'],
    random['Plaintext'],
    ...(await secretsOfKeyWork(service)),
  ])
    canaries.add('answer', Buffer.from(String(secret), 'base64'))
  const bytes = bodyBytes({})
  const headers = signedHeaders({ operation: 'ListKeys', bytes, endpoint, credentials, clock })
  const signature = /Signature=([0-9a-f]{64})$/.exec(headers['Authorization'] ?? '')?.[1] ?? ''
  assert.equal(signature.length, 64)
  canaries.add('signature', Buffer.from(signature))
  succeeded(await service.send('POST', '/', headers, bytes))
  const replies = [await service.send('POST', '/', { ...headers, 'X-Amz-Target': 'x' }, bytes)]
  for (const [operation, body] of refusedCalls(KeyId)) replies.push(await call(operation, body))
  return replies
}

/** What operations answer that work with MAC keys and key pairs. */
const secretsOfKeyWork = async (service: TestService): Promise<unknown[]> => {
  const secrets: unknown[] = []
  for (const [name, member] of [
    ['GenerateMac', 'Mac'],
    ['DeriveSharedSecret', 'SharedSecret'],
    ['Encapsulate', 'SharedSecret'],
    ['Decapsulate', 'SharedSecret'],
    ['GenerateDataKeyPair', 'PrivateKeyPlaintext'],
  ] as const) {
    const input = await validInput(service, name, await createKeyFor(service, name))
    const message = name === 'GenerateMac' ? { Message: base64(text) } : {}
    secrets.push(succeeded(await service.call(name, { ...input, ...message }))[member])
  }
  return secrets
}

describe('secrets', () => {
  it('are in no file, no log line and no refusal', async () => {
    await using service = await startTestService()
    const canaries = new Canaries()
    canaries.add('plaintext', Buffer.from(text))
    canaries.add('grant token', Buffer.from(token))
    canaries.add('secret key', Buffer.from(service.credentials.secretAccessKey))
    canaries.add('seal key', service.sealKey)
    const replies = await useAll(service, canaries)
    const requireNone = (where: string, bytes: Buffer): void =>
      assert.deepEqual(canaries.in(bytes), [], where)
    for (const { status, text: answer } of replies) {
      assert.notEqual(status, 200)
      requireNone(answer, Buffer.from(answer))
    }
    requireNone('the log', Buffer.from(JSON.stringify(service.log.lines)))
    const requireFilesClean = (): void => {
      const files = everyFile(service.directory.path)
      assert(files.length > 3)
      for (const file of files) requireNone(file, readFileSync(file))
    }
    requireFilesClean()
    await service.stop()
    requireFilesClean()
  })
})
