import { identityRead } from '../iam/row.ts'
import { keyIdShape } from '../members.ts'
import {
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  required,
  structure,
  text,
  textMap,
} from '../shapes.ts'

const statementShape = structure({
  Policy: required(text(), 'The policy that it stands in.'),
  Index: required(integer(), 'Its place there, from 0.'),
  Sid: optional(text(), 'Its Sid, if it has one.'),
  Effect: required(oneOf(['Allow', 'Deny']), 'What it would do.'),
  Applies: required(flag, 'Whether it speaks of this request.'),
  Reason: optional(text(), 'Why it does not.'),
})

export const ExplainAccess = identityRead({
  doc: 'Tells whether a principal may do something with a key, and what decides it. Does nothing.',
  input: {
    Principal: required(text(20, 2048), 'ARN of the user, role, role session or root.'),
    Action: required(text(5, 128, 'kms:[a-zA-Z]+'), 'The action, such as kms:Decrypt.'),
    KeyId: optional(
      keyIdShape,
      'The key, in any of the four forms; absent: none, as for kms:ListKeys. Of an action on an alias, its key.',
    ),
    Region: optional(text(1, 32), 'The Region, unless KeyId names it; absent: us-east-1.'),
    EncryptionContext: optional(textMap, 'The encryption context of the request.'),
    ConditionValues: optional(
      textMap,
      'Values of other condition keys, such as aws:SourceIp; absent ones are decided as absent.',
    ),
  },
  output: {
    Allowed: required(flag, 'Whether it would be allowed.'),
    Explanation: required(text(), 'What decides it: a statement, a grant, or their absence.'),
    Statements: required(listOf(statementShape), 'How each statement about the action fares.'),
  },
  authorize: [
    { action: 'keyhold:ExplainAccess', resource: { of: 'identity', member: 'Principal' } },
  ],
  audit: ['Principal', 'Action', 'KeyId', 'Region', 'EncryptionContext', 'ConditionValues'],
  errors: [
    'AccessDeniedException',
    'NotFoundException',
    'ValidationException',
    'KMSInternalException',
  ],
})
