import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { operation } from '../../../src/api/operation.ts'
import type { Operation } from '../../../src/api/operation.ts'
import { operations } from '../../../src/api/operations.ts'
import { blob, optional, required, secretBlob, structure, text } from '../../../src/api/shapes.ts'
import { auditedInput, auditedOutput, auditedUnitsMax } from '../../../src/core/audit/audited.ts'
import { canary, filled, valueOf } from './samples.ts'

const rows: readonly [string, Operation][] = Object.entries(operations)

const parsedInput = (row: Operation, input: object): unknown => JSON.parse(auditedInput(row, input))

test('no member that a row does not list ever reaches its record', () => {
  for (const [name, row] of rows) {
    const input = filled(row.input)
    for (const listed of row.audit) delete input[listed]
    const output = filled(row.output ?? {})
    for (const listed of row.auditOutput) delete output[listed]
    const json = auditedInput(row, input) + auditedOutput(row, output)
    assert.ok(!json.includes(canary), `${name}: ${json}`)
    assert.ok(!json.includes(Buffer.from(canary).toString('base64')), name)
  }
})

test('every member that a row lists does reach its record', () => {
  for (const [name, row] of rows) {
    const request = parsedInput(row, filled(row.input))
    const response: unknown = JSON.parse(auditedOutput(row, filled(row.output ?? {})))
    assert.equal(Object.keys(request ?? {}).length, row.audit.length, name)
    assert.equal(Object.keys(response ?? {}).length, row.auditOutput.length, name)
  }
})

test('operations that only read record nothing of their answer', () => {
  for (const [name, row] of rows) {
    if (row.changes) continue
    assert.equal(auditedOutput(row, filled(row.output ?? {})), 'null', name)
  }
})

test('bytes and sensitive texts are refused even if a row lists them', () => {
  const secrets = {
    bytes: blob(0, 10),
    secret: secretBlob(0, 10),
    sensitive: { ...text(), sensitive: true } as const,
    nested: structure({ Inner: required(blob(0, 10), 'Bytes.') }),
  }
  for (const shape of Object.values(secrets)) {
    const member = { Data: optional(shape, 'Not for records.') }
    const row = operation({ ...operations.Encrypt, input: member, audit: ['Data'] })
    assert.throws(() => auditedInput(row, { Data: valueOf(shape, canary) }), TypeError)
    const answers = operation({ ...operations.Encrypt, output: member, auditOutput: ['Data'] })
    assert.throws(() => auditedOutput(answers, { Data: valueOf(shape, canary) }), TypeError)
  }
})

test('a value of another type than the declared one is never written', () => {
  const secret = new TextEncoder().encode(canary)
  for (const [name, row] of rows) {
    const wrong = Object.fromEntries(row.audit.map((listed) => [listed, secret]))
    const json = auditedInput(row, wrong)
    assert.ok(!json.includes(canary) && !json.includes('67,65,78'), `${name}: ${json}`)
  }
})

test('members are named as CloudTrail names them', () => {
  const created = auditedOutput(operations.CreateKey, filled(operations.CreateKey.output))
  const { keyMetadata } = JSON.parse(created) as { keyMetadata: Record<string, unknown> }
  assert.equal(keyMetadata['AWSAccountId'], canary)
  assert.equal(keyMetadata['keyId'], canary)
  assert.equal(keyMetadata['creationDate'], '1970-01-01T00:00:00Z')
  const tags = [{ TagKey: 'Project', TagValue: 'Alpha' }]
  assert.deepEqual(parsedInput(operations.TagResource, { KeyId: 'k', Tags: tags }), {
    keyId: 'k',
    tags: [{ tagKey: 'Project', tagValue: 'Alpha' }],
  })
})

test('the encryption algorithm is recorded even if the caller did not name it', () => {
  assert.deepEqual(parsedInput(operations.Encrypt, { KeyId: 'alias/app' }), {
    keyId: 'alias/app',
    encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  })
  const named = { DestinationKeyId: 'k', SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  assert.deepEqual(parsedInput(operations.ReEncrypt, named), {
    destinationKeyId: 'k',
    sourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  })
})

test('a call without parameters has null for them', () => {
  assert.equal(auditedInput(operations.ListKeys, {}), 'null')
})

test('an encryption context may have any names, those of object members too', () => {
  const pairs = fc.uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('__proto__', 'constructor', 'toString'),
        fc.string({ unit: 'binary' }),
      ),
      fc.string({ unit: 'binary' }),
    ),
    { selector: ([key]) => key },
  )
  fc.assert(
    fc.property(pairs, (context) => {
      const json = auditedInput(operations.Decrypt, { EncryptionContext: new Map(context) })
      assert.ok(!/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(json))
      const request = JSON.parse(json) as { encryptionContext: object }
      assert.deepEqual(new Map(Object.entries(request.encryptionContext)), new Map(context))
    }),
  )
})

test('a request that no success can have is not repeated at length', () => {
  const keys = Array.from({ length: 3000 }, () => 'k'.repeat(128))
  assert.deepEqual(parsedInput(operations.UntagResource, { KeyId: 'k', TagKeys: keys }), {
    omitted: true,
  })
  const description = '\u0000'.repeat(8192)
  const policy = '"'.repeat(32_768)
  const tag = { TagKey: '\u0000'.repeat(128), TagValue: '\u0000'.repeat(256) }
  const tags = Array.from({ length: 50 }, () => tag)
  const longest = { Policy: policy, Description: description, Tags: tags }
  const json = auditedInput(operations.CreateKey, longest)
  assert.ok(json.length > 200_000 && json.length < auditedUnitsMax)
})
