import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { errorStatus } from '../../../src/api/errors.ts'
import type { ErrorCode } from '../../../src/api/errors.ts'
import { operations } from '../../../src/api/operations.ts'
import { auditedInput, auditedOutput } from '../../../src/core/audit/audited.ts'
import { auditRecord, serviceEvent } from '../../../src/core/audit/record.ts'
import type { AuditFields, ServiceEventFields } from '../../../src/core/audit/record.ts'
import { fieldsOf } from './samples.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const arn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`
const account = '111122223333'

/** The same record built the plain way, to hold the quick one against. */
const plainRecord = (fields: AuditFields): object => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'Root',
    principalId: fields.caller.account,
    arn: fields.caller.arn,
    accountId: fields.caller.account,
    accessKeyId: fields.caller.accessKeyId,
  },
  eventTime: new Date(fields.eventTimeMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  eventSource: 'kms.amazonaws.com',
  eventName: fields.eventName,
  awsRegion: fields.region,
  sourceIPAddress: fields.sourceAddress.slice(0, 64),
  userAgent: fields.userAgent
    .slice(0, 512)
    .replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd'),
  ...(fields.error && {
    errorCode: fields.error.code === 'AccessDeniedException' ? 'AccessDenied' : fields.error.code,
    ...(fields.error.message && { errorMessage: fields.error.message.slice(0, 1024) }),
  }),
  requestParameters: JSON.parse(fields.request ?? 'null') as unknown,
  responseElements: JSON.parse(fields.response ?? 'null') as unknown,
  ...(Object.values(fields.additional ?? {}).some((value) => value !== undefined) && {
    additionalEventData: fields.additional,
  }),
  requestID: fields.requestId,
  eventID: fields.eventId,
  readOnly: fields.readOnly,
  ...(fields.resources.length > 0 && {
    resources: fields.resources.slice(0, 16).map((resource) => ({
      accountId: resource.account,
      type: resource.arn.includes(':alias/') ? 'AWS::KMS::Alias' : 'AWS::KMS::Key',
      ARN: resource.arn,
    })),
  }),
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: fields.account,
  eventCategory: 'Management',
  ...(fields.tls && {
    tlsDetails: {
      tlsVersion: fields.tls.version,
      cipherSuite: fields.tls.cipherSuite,
      clientProvidedHostHeader: fields.tls.host.slice(0, 256),
      keyExchange: fields.tls.keyExchange,
    },
  }),
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 1500 }),
  fc.constantFrom('', 'a\nb', 'a\r\nb', '\u2028', '\ud800', '"},{"', '\\', '\u0085\u007f'),
)
const anyContext = fc.array(fc.tuple(anyText, anyText)).map((pairs) => new Map(pairs))

const anyFields: fc.Arbitrary<AuditFields> = fc
  .record({
    eventTimeMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
    caller: fc.record({
      kind: fc.constant('Root' as const),
      account: anyText,
      arn: anyText,
      accessKeyId: fc.string({ maxLength: 128 }),
    }),
    account: anyText,
    region: anyText,
    sourceAddress: anyText,
    userAgent: anyText,
    request: fc.option(
      anyContext.map((context) =>
        auditedInput(operations.Encrypt, { KeyId: 'k', EncryptionContext: context }),
      ),
      { nil: undefined },
    ),
    response: fc.option(
      anyText.map((text) => auditedOutput(operations.CancelKeyDeletion, { KeyId: text })),
      { nil: undefined },
    ),
    error: fc.option(
      fc.record({
        code: fc.constantFrom(...(Object.keys(errorStatus) as ErrorCode[])),
        message: anyText,
      }),
      { nil: undefined },
    ),
    resources: fc.array(
      fc.record({
        arn: fc.oneof(anyText, fc.constant('arn:aws:kms:r:a:alias/x')),
        account: anyText,
      }),
    ),
    additional: fc.option(
      fc.record(
        {
          keyMaterialId: anyText,
          sourceKeyMaterialId: anyText,
          destinationKeyMaterialId: anyText,
          changeSeq: fc.nat(),
          outcome: fc.constant('withheld' as const),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
    readOnly: fc.boolean(),
    tls: fc.option(
      fc.record(
        { version: anyText, cipherSuite: anyText, host: anyText, keyExchange: anyText },
        { requiredKeys: ['version', 'cipherSuite', 'host'] },
      ),
      { nil: undefined },
    ),
  })
  .map((changes) => fieldsOf(changes))

test('whatever a caller sends, a record is one line of JSON that says just this', () => {
  fc.assert(
    fc.property(anyFields, (fields) => {
      const line = auditRecord(fields)
      assert.ok(!/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(line))
      assert.equal(
        JSON.stringify(JSON.parse(line)),
        JSON.stringify(JSON.parse(JSON.stringify(plainRecord(fields)))),
      )
    }),
    { numRuns: 500 },
  )
})

test('the time of a record has whole seconds', () => {
  const { eventTime } = JSON.parse(auditRecord(fieldsOf())) as { eventTime: string }
  assert.equal(eventTime, '2026-11-24T00:19:59Z')
})

test('a refusal by policy has the code that CloudTrail gives it, every other its own', () => {
  const codes: [ErrorCode, string][] = [
    ['AccessDeniedException', 'AccessDenied'],
    ['DryRunOperationException', 'DryRunOperationException'],
    ['NotFoundException', 'NotFoundException'],
  ]
  for (const [code, written] of codes) {
    const line = auditRecord(fieldsOf({ error: { code, message: '' } }))
    assert.ok(line.includes(`"errorCode":"${written}","requestParameters"`), line)
  }
})

const deletion: ServiceEventFields = {
  eventTimeMs: Date.UTC(2026, 10, 24),
  eventName: 'DeleteKey',
  region: 'eu-central-1',
  account,
  resources: [{ arn, account }],
  additional: { changeSeq: 42 },
  eventId: '0c9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f',
  details: { keyId },
}

test('a background event is recorded as one of the service itself', () => {
  assert.deepEqual(JSON.parse(serviceEvent(deletion)), {
    eventVersion: '1.11',
    userIdentity: { accountId: account, invokedBy: 'AWS Internal' },
    eventTime: '2026-11-24T00:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    awsRegion: 'eu-central-1',
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: null,
    responseElements: null,
    additionalEventData: { changeSeq: 42 },
    eventID: deletion.eventId,
    readOnly: false,
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: arn }],
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: account,
    serviceEventDetails: { keyId },
    eventCategory: 'Management',
  })
})

test('the example in the documentation is what the code writes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/audit.md'), 'utf8')
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const input = { KeyId: 'alias/app', EncryptionContext: new Map([['Department', 'Engineering']]) }
  const line = auditRecord(
    fieldsOf({
      request: auditedInput(operations.Encrypt, input),
      additional: { keyMaterialId: '5d1f'.repeat(16) },
      resources: [{ arn, account }],
      tls: {
        version: 'TLSv1.3',
        cipherSuite: 'TLS_AES_256_GCM_SHA384',
        host: 'kms.example.com:8443',
      },
    }),
  )
  assert.equal(JSON.stringify(JSON.parse(example)), line)
})
