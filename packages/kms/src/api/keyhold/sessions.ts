import { identityChange } from '../iam/row.ts'
import { required, text } from '../shapes.ts'

export const RevokeSessions = identityChange({
  doc: 'Ends every session of a role, a user or the root that was opened before now.',
  input: {
    PrincipalArn: required(
      text(20, 2048),
      'ARN of the role or user, or of the root, of the account.',
    ),
  },
  output: undefined,
  authorize: [
    { action: 'keyhold:RevokeSessions', resource: { of: 'identity', member: 'PrincipalArn' } },
  ],
  audit: ['PrincipalArn'],
  errors: ['AccessDeniedException', 'NotFoundException', 'KMSInternalException'],
})
