import { keyIdShape } from '../members.ts'
import { operation, ownKey, readErrors } from '../operation.ts'
import { oneOf, optional, required, structure, text, time } from '../shapes.ts'
import { trackedOperations } from '../tracked-operations.ts'

export const GetKeyLastUsage = operation({
  doc: 'Tells when a key was last used with success, for what, and by which record of the audit log.',
  input: { KeyId: required(keyIdShape, 'Key id or key ARN.') },
  output: {
    KeyId: required(keyIdShape, 'The bare id of the key.'),
    KeyLastUsage: required(
      structure({
        Operation: optional(oneOf(trackedOperations), 'What it was used for.'),
        Timestamp: optional(time, 'When, in whole seconds.'),
        CloudTrailEventId: optional(text(), 'The eventID of the record in the audit log.'),
        KmsRequestId: optional(text(), 'The id of the request.'),
      }),
      'The last use; empty if there was none.',
    ),
    TrackingStartDate: required(time, 'Since when uses are kept: since the key was made.'),
    KeyCreationDate: required(time, 'When the key was made.'),
  },
  authorize: [{ action: 'kms:GetKeyLastUsage', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId'],
  auditOutput: [],
  errors: readErrors,
})
