import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { errorStatus } from '../../src/api/errors.ts'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { defaultPolicy } from '../../src/core/access/key-policy.ts'
import { rootArn } from '../../src/core/keys/arn.ts'
import { arnOf, createKey, encrypt, succeeded, unknownKeyId } from './expect.ts'
import { auditRecords } from './files.ts'
import { account, region, startTestService } from './harness.ts'
import { inputsOf, type Known } from './random-inputs.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

/** What exists, so that some of the random inputs are about something. */
const keys = [await createKey(service), await createKey(service), await createKey(service)]
await call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keys[0]?.KeyId })
const blobs = [
  await encrypt(service, { KeyId: keys[0]?.KeyId }),
  await encrypt(service, { KeyId: keys[1]?.KeyId }),
]
const keyIds = keys.flatMap(({ KeyId, Arn }) => [KeyId, Arn])
const root = rootArn({ region, account })
const grants = await Promise.all(
  keyIds.map(async (KeyId) => {
    const input = { KeyId, GranteePrincipal: root, Operations: ['Decrypt', 'RetireGrant'] }
    return succeeded(await call('CreateGrant', input)) as { GrantId: string; GrantToken: string }
  }),
)
const identifiers = [...keyIds, 'alias/a', arnOf('alias/a'), 'alias/none', unknownKeyId, 'x']

/** Members whose values mean something beyond their shape. */
const known: Known = {
  KeyId: fc.constantFrom(...identifiers),
  TargetKeyId: fc.constantFrom(...identifiers),
  SourceKeyId: fc.constantFrom(...identifiers),
  DestinationKeyId: fc.constantFrom(...identifiers),
  AliasName: fc.constantFrom('alias/a', 'alias/b', 'alias/c', 'alias/aws/x', 'b'),
  CiphertextBlob: fc.constantFrom(...blobs, 'AA=='),
  PolicyName: fc.constantFrom('default', 'other'),
  Policy: fc.constantFrom(defaultPolicy({ region, account }), '{}'),
  GrantId: fc.constantFrom(...grants.map(({ GrantId }) => GrantId), 'a'.repeat(64)),
  GrantToken: fc.constantFrom(...grants.map(({ GrantToken }) => GrantToken), 'token'),
  GranteePrincipal: fc.constantFrom(root, 'arn:aws:iam::111122223333:user/nobody'),
  RetiringPrincipal: fc.constantFrom(root, 'root'),
}

const names = Object.keys(operations) as OperationName[]
const anyCall = fc
  .constantFrom(...names)
  .chain((name) =>
    fc.tuple(fc.constant(name), inputsOf((operations[name] as Operation).input, known)),
  )

describe('inputs made from the rows of all operations', () => {
  it('never make the service fail: each is answered or refused with a code of AWS', async () => {
    const runs = 600
    let answered = 0
    await fc.assert(
      fc.asyncProperty(anyCall, async ([name, input]) => {
        const reply = await call(name, input)
        if (reply.status === 200) answered += 1
        else assert.equal(reply.status, 400, `${name}: ${reply.text}`)
        if (reply.status === 200) return
        assert(Object.hasOwn(errorStatus, reply.type ?? ''), reply.text)
        const { errors } = operations[name]
        const everywhere = [
          'ValidationException',
          'SerializationException',
          'UnsupportedOperationException',
          'AccessDeniedException',
        ]
        const unmodelled: Partial<Record<OperationName, readonly string[]>> = {
          CreateAlias: ['NotAuthorizedException'],
          UpdateAlias: ['NotAuthorizedException', 'AlreadyExistsException'],
          DescribeKey: ['InvalidGrantTokenException'],
          ListKeyPolicies: ['InvalidMarkerException'],
        }
        const allowed: readonly string[] = [...errors, ...everywhere, ...(unmodelled[name] ?? [])]
        assert(allowed.includes(reply.type ?? ''), `${name}: ${reply.text}`)
      }),
      { numRuns: runs },
    )
    // How many depends on what was disabled or deleted on the way.
    assert(answered > runs / 30, `only ${answered} of ${runs} were answered`)
    assert.deepEqual(
      service.log.lines.filter(({ level }) => level === 'error'),
      [],
    )
    assert(auditRecords(service.directory).length > runs)
  })
})
