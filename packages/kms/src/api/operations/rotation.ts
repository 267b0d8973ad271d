import { keyIdShape } from '../members.ts'
import { operation, sharedKey, stateErrors } from '../operation.ts'
import { flag, integer, optional, required, time } from '../shapes.ts'

export const GetKeyRotationStatus = operation({
  doc: 'Tells whether the material of a key is rotated automatically.',
  input: { KeyId: required(keyIdShape, 'Key id or key ARN.') },
  output: {
    KeyRotationEnabled: required(flag, 'Whether automatic rotation is on.'),
    KeyId: required(keyIdShape, 'ARN of the key.'),
    RotationPeriodInDays: optional(integer(90, 2560), 'Days from one rotation to the next.'),
    NextRotationDate: optional(time, 'When the next automatic rotation is due.'),
    OnDemandRotationStartDate: optional(time, 'When a rotation that is under way began.'),
  },
  authorize: [
    {
      action: 'kms:GetKeyRotationStatus',
      resource: sharedKey('KeyId'),
    },
  ],
  keyState: 'any',
  changes: false,
  audit: ['KeyId'],
  auditOutput: [],
  errors: [...stateErrors, 'UnsupportedOperationException'],
})
