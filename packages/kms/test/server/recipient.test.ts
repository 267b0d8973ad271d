import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { operations } from '../../src/api/operations.ts'
import type { Operation } from '../../src/api/operation.ts'
import { documentFaults } from '../../src/core/attestation/refusal.ts'
import { Attestation } from '../../src/core/attestation/verify.ts'
import { addressed } from '../../src/server/recipient.ts'
import { systemRandom } from '../../src/server/system.ts'
import { spki } from '../core/attestation/certificates.ts'
import { makeIssuer, register } from '../core/attestation/issuer.ts'
import { openEnveloped } from '../core/attestation/open-enveloped.ts'
import { callsAs, iamArn, keyPolicy } from './access/scene.ts'
import { base64, createKey, encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords } from './files.ts'
import { type Answer, FakeClock, type Reply, startTestService } from './harness.ts'
import { allow, newUser } from './identity/query.ts'

const clock = new FakeClock()
const issuer = makeIssuer(clock.nowMs())
const service = await startTestService({
  clock,
  attestation: { roots: issuer.roots, ageMsMax: 300_000 },
})
after(() => service[Symbol.asyncDispose]())
const { call } = service
const { KeyId, Arn } = await createKey(service)
const CiphertextBlob = await encrypt(service, { KeyId, Plaintext: base64('secret') })

const recipientOf = (document: Uint8Array) => ({
  KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  AttestationDocument: base64(document),
})
const Recipient = recipientOf(issuer.document())

/** What the attested program finds in an answer. */
const opened = (answer: Answer): Buffer => {
  const message = Buffer.from(String(answer['CiphertextForRecipient']), 'base64')
  return Buffer.from(openEnveloped(message, issuer.recipientKey))
}

const hex = (byte: number): string => Buffer.from(register(byte)).toString('hex')

describe('a call with a recipient', () => {
  it('does: Decrypt answers with the plaintext for the recipient alone', async () => {
    const answer = succeeded(await call('Decrypt', { CiphertextBlob, Recipient }))
    const { CiphertextForRecipient, ...others } = answer
    assert.ok(CiphertextForRecipient)
    assert.deepEqual(others, { KeyId: Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    assert.equal(opened(answer).toString(), 'secret')
  })

  it('does: GenerateDataKey answers with the data key for the recipient, and for Decrypt', async () => {
    const input = { KeyId, NumberOfBytes: 1024, Recipient }
    const answer = succeeded(await call('GenerateDataKey', input))
    assert.deepEqual(Object.keys(answer).sort(), [
      'CiphertextBlob',
      'CiphertextForRecipient',
      'KeyId',
    ])
    const { CiphertextBlob: wrapped } = answer
    const plain = succeeded(await call('Decrypt', { CiphertextBlob: wrapped }))
    assert.equal(opened(answer).toString('base64'), plain['Plaintext'])
  })

  it('does: GenerateRandom answers with random bytes for the recipient', async () => {
    const answer = succeeded(await call('GenerateRandom', { NumberOfBytes: 24, Recipient }))
    assert.deepEqual(Object.keys(answer), ['CiphertextForRecipient'])
    assert.equal(opened(answer).length, 24)
  })

  it('does: GenerateDataKeyPair answers with the private key for the recipient', async () => {
    const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256', Recipient }
    const answer = succeeded(await call('GenerateDataKeyPair', input))
    const { PrivateKeyCiphertextBlob: wrapped, PublicKey } = answer
    assert.deepEqual(Object.keys(answer).sort(), [
      'CiphertextForRecipient',
      'KeyId',
      'KeyPairSpec',
      'PrivateKeyCiphertextBlob',
      'PublicKey',
    ])
    const privateKey = createPrivateKey({ key: opened(answer), format: 'der', type: 'pkcs8' })
    assert.equal(base64(spki(privateKey)), PublicKey)
    const plain = succeeded(await call('Decrypt', { CiphertextBlob: wrapped }))
    assert.equal(base64(opened(answer)), plain['Plaintext'])
  })

  it('does: DeriveSharedSecret answers with the secret for the recipient', async () => {
    const agreement = await createKey(service, {
      KeySpec: 'ECC_NIST_P384',
      KeyUsage: 'KEY_AGREEMENT',
    })
    const peer = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const input = {
      KeyId: agreement.KeyId,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: base64(spki(peer.publicKey)),
    }
    const answer = succeeded(await call('DeriveSharedSecret', { ...input, Recipient }))
    assert.deepEqual(Object.keys(answer).sort(), [
      'CiphertextForRecipient',
      'KeyAgreementAlgorithm',
      'KeyId',
      'KeyOrigin',
    ])
    const plain = succeeded(await call('DeriveSharedSecret', input))
    assert.equal(base64(opened(answer)), plain['SharedSecret'])
  })

  it('does: takes a document as often as it comes, while it is fresh', async () => {
    for (let n = 0; n < 3; n += 1)
      succeeded(await call('GenerateRandom', { NumberOfBytes: 8, Recipient }))
  })

  it('does: records of whom it was, and the material that AWS leaves out of the answer', async () => {
    const reply = await call('Decrypt', { CiphertextBlob, Recipient })
    succeeded(reply)
    const id = reply.headers['x-amzn-requestid']
    const record = auditRecords(service.directory).find(({ requestID }) => requestID === id)
    const { keyMaterialId, recipient } = record?.additionalEventData ?? {}
    assert.match(String(keyMaterialId), /^[0-9a-f]{64}$/)
    assert.deepEqual(recipient, {
      attestationDocumentModuleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      attestationDocumentEnclaveImageDigest: base64(register(0)),
      attestationDocumentEnclavePCR1: base64(register(1)),
      attestationDocumentEnclavePCR2: base64(register(2)),
      attestationDocumentEnclavePCR3: base64(register(3)),
      attestationDocumentEnclavePCR4: base64(register(4)),
      attestationDocumentEnclavePCR8: base64(register(8)),
    })
    assert.equal(JSON.stringify(record).includes(Recipient.AttestationDocument.slice(0, 64)), false)
  })

  it('does: DryRun verifies the document like anything else', async () => {
    const input = { KeyId, KeySpec: 'AES_256', DryRun: true }
    refused(
      await call('GenerateDataKey', { ...input, Recipient }),
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    )
    refusedFor(
      await call('GenerateDataKey', { ...input, Recipient: recipientOf(new Uint8Array(9)) }),
      'malformed',
    )
  })

  it('refuses: half a recipient, and another algorithm', async () => {
    const nothing = (path: string) =>
      `1 validation error detected: Value null at 'recipient.${path}' failed to satisfy constraint: Member must not be null`
    const { AttestationDocument, KeyEncryptionAlgorithm } = Recipient
    for (const [half, path] of [
      [{}, 'keyEncryptionAlgorithm'],
      [{ AttestationDocument }, 'keyEncryptionAlgorithm'],
      [{ KeyEncryptionAlgorithm }, 'attestationDocument'],
    ] as const)
      refused(
        await call('Decrypt', { CiphertextBlob, Recipient: half }),
        'ValidationException',
        nothing(path),
      )
    const other = { AttestationDocument, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }
    refused(
      await call('Decrypt', { CiphertextBlob, Recipient: other }),
      'ValidationException',
      /Value 'RSAES_OAEP_SHA_1' at 'recipient\.keyEncryptionAlgorithm' failed/,
    )
    const empty = { AttestationDocument: '', KeyEncryptionAlgorithm }
    refused(await call('Decrypt', { CiphertextBlob, Recipient: empty }), 'ValidationException', /./)
  })

  it('refuses: a document that nobody signed, altered, of another root, or too old', async () => {
    const decrypt = (document: Uint8Array) =>
      call('Decrypt', { CiphertextBlob, Recipient: recipientOf(document) })
    const good = issuer.document()
    const altered = Uint8Array.from(good)
    altered[altered.length - 1]! ^= 1
    refusedFor(await decrypt(altered), 'signature')
    refusedFor(await decrypt(issuer.payload()), 'malformed')
    refusedFor(await decrypt(makeIssuer(clock.nowMs()).document()), 'root')
    refusedFor(await decrypt(issuer.document({ timestamp: clock.nowMs() - 300_001 })), 'age')
    refusedFor(await decrypt(issuer.document({ public_key: null })), 'noKey')
    refusedFor(await decrypt(new Uint8Array(262_144)), 'malformed')
  })

  it('refuses: a document that is not good, before it looks at anything else', async () => {
    const input = { KeyId: 'alias/nothing', KeySpec: 'AES_256' }
    const Bad = recipientOf(new Uint8Array(9))
    refusedFor(await call('GenerateDataKey', { ...input, Recipient: Bad }), 'malformed')
    const reply = await call('GenerateDataKey', { ...input, Recipient })
    assert.equal(reply.type, 'NotFoundException')
  })

  it('refuses: a recipient where the answer has no secret', async () => {
    refused(
      await call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256', Recipient }),
      'UnsupportedOperationException',
      'The parameter "Recipient" of GenerateDataKeyWithoutPlaintext is not supported by this service.',
    )
  })
})

const refusedFor = (reply: Reply, fault: keyof typeof documentFaults): void =>
  refused(reply, 'ValidationException', documentFaults[fault])

describe('a policy that asks for measurements', () => {
  it('lets an attested program in whose registers it names, and nobody else', async () => {
    const ann = callsAs(service, await newUser(service, 'ann'))
    const own = await createKey(service)
    const Condition = {
      StringEqualsIgnoreCase: {
        'kms:RecipientAttestation:ImageSha384': hex(0),
        'kms:RecipientAttestation:pcr4': hex(4).toUpperCase(),
      },
    }
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: iamArn('user/ann') },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition,
    }
    succeededEmpty(await call('PutKeyPolicy', { KeyId: own.KeyId, Policy: keyPolicy(statement) }))
    const input = { KeyId: own.KeyId, KeySpec: 'AES_256' }
    const made = succeeded(await ann('GenerateDataKey', { ...input, Recipient }))
    const { CiphertextBlob: wrapped } = made
    const again = succeeded(await ann('Decrypt', { CiphertextBlob: wrapped, Recipient }))
    assert.deepEqual(opened(again), opened(made))
    const denied = (reply: Reply) => assert.equal(reply.type, 'AccessDeniedException', reply.text)
    denied(await ann('Decrypt', { CiphertextBlob: wrapped }))
    denied(await ann('GenerateDataKey', input))
    const pcrs = new Map([
      [0, register(0)],
      [4, register(5)],
    ])
    const other = recipientOf(issuer.document({ pcrs }))
    denied(await ann('Decrypt', { CiphertextBlob: wrapped, Recipient: other }))
    // Whoever looks into it has to see what was measured.
    const { recipient } = auditRecords(service.directory).at(-1)?.additionalEventData ?? {}
    assert.equal(recipient?.['attestationDocumentEnclavePCR4'], base64(register(5)))
    const nitrotpm_pcrs = new Map([
      [0, register(0)],
      [4, register(4)],
    ])
    const tpm = recipientOf(issuer.document({ pcrs: undefined, nitrotpm_pcrs }))
    denied(await ann('Decrypt', { CiphertextBlob: wrapped, Recipient: tpm }))
  })

  it('decides GenerateRandom by the policies of the caller', async () => {
    const policy = allow('kms:GenerateRandom', '*', {
      Condition: { StringEquals: { 'kms:RecipientAttestation:NitroTPMPCR7': hex(7) } },
    })
    const bob = callsAs(service, await newUser(service, 'bob', policy))
    const nitrotpm_pcrs = new Map([[7, register(7)]])
    const tpm = recipientOf(issuer.document({ pcrs: undefined, nitrotpm_pcrs }))
    succeeded(await bob('GenerateRandom', { NumberOfBytes: 8, Recipient: tpm }))
    for (const input of [{}, { Recipient }]) {
      const reply = await bob('GenerateRandom', { NumberOfBytes: 8, ...input })
      assert.equal(reply.type, 'AccessDeniedException')
    }
  })
})

describe('the secret of an answer for a recipient', () => {
  const recipient = new Attestation({ roots: issuer.roots, ageMsMax: 300_000 }).verify(
    issuer.document(),
    clock.nowMs(),
  )
  const asked = { recipient, random: systemRandom(), noted: {} }

  it('is erased once it is encrypted, or could not be', () => {
    const Plaintext = Buffer.from('secret')
    addressed(operations.Decrypt, { KeyId, Plaintext }, asked)
    assert.deepEqual(Plaintext, Buffer.alloc(6))
    const unlucky = Buffer.from('secret')
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const wrong = { ...asked, recipient: { ...recipient, publicKey } }
    assert.throws(() => addressed(operations.Decrypt, { KeyId, Plaintext: unlucky }, wrong))
    assert.deepEqual(unlucky, Buffer.alloc(6))
  })

  it('has to be one: an answer without it goes nowhere', () => {
    assert.throws(() => addressed(operations.Decrypt, { KeyId }, asked), TypeError)
    assert.throws(() => addressed(operations.DescribeKey, { Plaintext: 'x' }, asked), TypeError)
  })

  it('stays as it is for a caller', () => {
    const output = { KeyId, Plaintext: Buffer.from('secret') }
    const caller = { ...asked, recipient: undefined }
    assert.equal(addressed(operations.Decrypt, output, caller), output)
    assert.equal(output.Plaintext.toString(), 'secret')
  })
})

describe('every operation that takes a recipient', () => {
  it('has one secret in its answer, and a place for it encrypted', () => {
    const rows = Object.entries(operations as Readonly<Record<string, Operation>>)
    const taking = rows.filter(([, { input }]) => input['Recipient'] !== undefined)
    assert.deepEqual(taking.map(([name]) => name).sort(), [
      'Decrypt',
      'DeriveSharedSecret',
      'GenerateDataKey',
      'GenerateDataKeyPair',
      'GenerateRandom',
    ])
    for (const [name, { output = {} }] of taking) {
      const secrets = Object.entries(output).filter(
        ([, { shape }]) => shape.kind === 'blob' && shape.sensitive === true,
      )
      assert.equal(secrets.length, 1, name)
      assert.ok(output['CiphertextForRecipient'], name)
    }
  })
})
