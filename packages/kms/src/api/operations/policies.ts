import {
  keyIdShape,
  limit,
  marker,
  nextMarker,
  policyNameShape,
  policyShape,
  truncated,
} from '../members.ts'
import { operation, ownKey, stateErrors } from '../operation.ts'
import { flag, listOf, optional, required } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id or key ARN.')
const policyName = optional(policyNameShape, 'Always default.')

export const GetKeyPolicy = operation({
  doc: 'Returns the key policy, as it was stored.',
  input: { KeyId: keyId, PolicyName: policyName },
  output: {
    Policy: required(policyShape, 'The policy document.'),
    PolicyName: required(policyNameShape, 'Always default.'),
  },
  authorize: [{ action: 'kms:GetKeyPolicy', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId', 'PolicyName'],
  auditOutput: [],
  errors: stateErrors,
})

export const PutKeyPolicy = operation({
  doc: 'Replaces the key policy.',
  input: {
    KeyId: keyId,
    PolicyName: policyName,
    Policy: required(policyShape, 'The policy document.'),
    BypassPolicyLockoutSafetyCheck: optional(
      flag,
      'Accepts a policy that would stop the caller from changing it again.',
    ),
  },
  output: undefined,
  authorize: [{ action: 'kms:PutKeyPolicy', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: true,
  audit: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'],
  auditOutput: [],
  errors: [
    ...stateErrors,
    'MalformedPolicyDocumentException',
    'UnsupportedOperationException',
    'LimitExceededException',
  ],
})

export const ListKeyPolicies = operation({
  doc: 'Lists the names of the key policies: there is one, default.',
  input: { KeyId: keyId, Limit: limit, Marker: marker },
  output: {
    PolicyNames: required(listOf(policyNameShape), 'The names.'),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:ListKeyPolicies', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId', 'Limit', 'Marker'],
  auditOutput: [],
  errors: stateErrors,
})
