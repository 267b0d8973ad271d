import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '../src/api/errors.ts'
import type { Operation } from '../src/api/operation.ts'
import { type OperationName, operations } from '../src/api/operations.ts'
import { notedRefusals } from './refusals.ts'

type Reason = {
  readonly code: ErrorCode
  /** Absent: all that declare it, but for those of `except`. */
  readonly of?: readonly OperationName[]
  readonly except?: readonly OperationName[]
  readonly because: string
}

/** Errors that AWS declares for an operation, and that no call of it is answered with here. */
const reasons: readonly Reason[] = [
  {
    code: 'DependencyTimeoutException',
    because:
      'the service depends on nothing whose time-out AWS tells so: a store that fails is an internal failure',
  },
  {
    code: 'KeyUnavailableException',
    because: 'keys are in the same store as everything else, so that none is out of reach alone',
  },
  {
    code: 'InvalidArnException',
    except: ['CreateGrant', 'ListRetirableGrants'],
    because: 'AWS was seen to answer NotFoundException to ARNs of keys that are none',
  },
  {
    code: 'KMSInvalidStateException',
    of: [
      'DeleteAlias',
      'DeleteImportedKeyMaterial',
      'GetKeyPolicy',
      'GetKeyRotationStatus',
      'ListGrants',
      'ListKeyPolicies',
      'ListKeyRotations',
      'PutKeyPolicy',
      'RetireGrant',
      'RevokeGrant',
    ],
    because: 'they work in every state that a key is ever seen in here (the key state table)',
  },
  {
    code: 'DisabledException',
    of: ['GetPublicKey'],
    because: 'AWS was seen to answer with the public key of a disabled key',
  },
  {
    code: 'InvalidKeyUsageException',
    of: ['GetPublicKey'],
    because: 'a public key is told whatever its key is for',
  },
  {
    code: 'LimitExceededException',
    of: ['EnableKey', 'TagResource'],
    because: 'keys count whatever their state, and too many tags are a TagException',
  },
  {
    code: 'TagException',
    of: ['UntagResource'],
    because: 'a tag that a key does not have is no error, and no key has one that is reserved',
  },
  {
    code: 'NotFoundException',
    of: ['ListRetirableGrants'],
    because: 'a principal that does not exist has no grants to retire',
  },
  {
    code: 'ConflictException',
    of: ['RotateKeyOnDemand'],
    because: 'a rotation is complete when the call is answered, so that none is ever under way',
  },
  {
    code: 'XksProxyVpcEndpointServiceInUseException',
    because: 'there are no endpoint services of AWS that two stores could share',
  },
  {
    code: 'XksProxyVpcEndpointServiceInvalidConfigurationException',
    because: 'there are no endpoint services of AWS that could be set up wrongly',
  },
]

const reasonFor = (name: OperationName, code: ErrorCode): Reason | undefined =>
  reasons.find(
    ({ code: each, of = [name], except = [] }) =>
      each === code && of.includes(name) && !except.includes(name),
  )

test('every error that an operation declares is provoked by some test, or there is a reason', (t) => {
  const noted = notedRefusals()
  if (noted === undefined) {
    t.skip('only `npm test` tells: what counts is what all tests together have seen')
    return
  }
  const pairs = (Object.entries(operations) as [OperationName, Operation][]).flatMap(
    ([name, { errors }]) =>
      errors.map((code) => ({ name, code, isNoted: noted.has(`${name} ${code}`) })),
  )
  const shown = (which: typeof pairs) => which.map(({ name, code }) => `${name} ${code}`)
  assert.deepEqual(
    shown(pairs.filter(({ name, code, isNoted }) => !isNoted && !reasonFor(name, code))),
    [],
    'declared, and provoked by no test',
  )
  assert.deepEqual(
    shown(pairs.filter(({ name, code, isNoted }) => isNoted && reasonFor(name, code))),
    [],
    'provoked, although there is a reason why it could not be',
  )
  const declared = (reason: Reason): boolean =>
    (reason.of ?? []).every(
      (name) =>
        (operations[name] as Operation).errors.includes(reason.code) ||
        reason.code === 'InvalidArnException',
    )
  assert.deepEqual(
    reasons.filter((reason) => !declared(reason)),
    [],
  )
})
