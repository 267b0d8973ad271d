/**
 * Answers for an attested program: the AWS SDK asks for them with the documents of a PKI that stands
 * in for AWS's, and OpenSSL opens them with the program's key alone.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { makeIssuer } from '../../packages/kms/test/core/attestation/issuer.ts'
import { startService } from '../service.ts'
import { runProgram, setting } from './setting.mjs'

const issuer = makeIssuer(Date.now())
const scratch = await mkdtemp(join(tmpdir(), 'keyhold-recipient-'))
const root = join(scratch, 'root.pem')
const privateKey = join(scratch, 'program.pem')
await writeFile(root, issuer.rootPem)
await writeFile(privateKey, issuer.recipientKey.export({ format: 'pem', type: 'pkcs8' }))
const service = await startService(setting.keyhold, join(scratch, 'data'), process.env, [
  '--attestation-roots',
  root,
])
const client = new kms.KMSClient({
  endpoint: service.endpoint,
  region: 'eu-west-1',
  credentials: service,
  maxAttempts: 1,
})
after(async () => {
  client.destroy()
  await service.stop()
  await rm(scratch, { recursive: true })
})

const Recipient = {
  KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  AttestationDocument: issuer.document(),
}

/** What OpenSSL finds in an answer, in hex. */
const opened = async ({ CiphertextForRecipient, ...others }) => {
  for (const name of ['Plaintext', 'PrivateKeyPlaintext', 'SharedSecret', 'KeyMaterialId'])
    assert.equal(others[name], undefined)
  const message = join(scratch, 'message.ber')
  await writeFile(message, CiphertextForRecipient)
  const out = join(scratch, 'plaintext')
  const what = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-inkey', privateKey]
  const files = ['-in', message, '-out', out]
  const { code, stderr, stdout } = await runProgram(setting.openssl, [...what, ...files])
  assert.equal(code, 0, stdout + stderr)
  return (await readFile(out)).toString('hex')
}

const hex = (bytes) => Buffer.from(bytes).toString('hex')

describe('an answer for an attested program', async () => {
  const { KeyMetadata } = await client.send(new kms.CreateKeyCommand({}))
  const { KeyId } = KeyMetadata

  test('of Decrypt is opened by OpenSSL', async () => {
    const Plaintext = Buffer.from('known to the program alone')
    const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext }))
    const answer = await client.send(new kms.DecryptCommand({ CiphertextBlob, Recipient }))
    assert.equal(await opened(answer), hex(Plaintext))
  })

  test('of GenerateDataKey is the data key that Decrypt finds', async () => {
    const input = { KeyId, KeySpec: 'AES_256', Recipient }
    const answer = await client.send(new kms.GenerateDataKeyCommand(input))
    const { CiphertextBlob } = answer
    const { Plaintext } = await client.send(new kms.DecryptCommand({ CiphertextBlob }))
    assert.equal(await opened(answer), hex(Plaintext))
  })

  test('of GenerateRandom is as long as was asked for', async () => {
    const input = { NumberOfBytes: 48, Recipient }
    const answer = await client.send(new kms.GenerateRandomCommand(input))
    assert.equal((await opened(answer)).length, 96)
  })

  test('is refused for a document of anybody else', async () => {
    const AttestationDocument = makeIssuer(Date.now()).document()
    const input = { NumberOfBytes: 48, Recipient: { ...Recipient, AttestationDocument } }
    await assert.rejects(client.send(new kms.GenerateRandomCommand(input)), {
      name: 'ValidationException',
    })
  })
})
