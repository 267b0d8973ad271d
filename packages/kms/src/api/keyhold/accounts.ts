import { anyIdentity, identityChange, identityRead } from '../iam/row.ts'
import { listOf, oneOf, optional, required, secretText, structure, text, time } from '../shapes.ts'
import { limit, marker, nextMarker, truncated } from '../members.ts'

const accountIdShape = text(12, 12, '[0-9]{12}')
const accountName = text(1, 64, '[\\w+=,.@ -]+')
const accountId = required(accountIdShape, 'Number of the account, twelve digits.')

const accountShape = structure({
  AccountId: required(accountIdShape, 'Number of the account.'),
  Name: optional(accountName, 'What the account is called.'),
  Status: required(oneOf(['ACTIVE', 'DISABLED']), 'Whether its principals may sign.'),
  CreationDate: required(time, 'When it was made.'),
})

const credentialShape = structure({
  AccessKeyId: required(text(16, 128), 'Id of the access key.'),
  SecretAccessKey: required(secretText(), 'Its secret: this is the only time that anyone sees it.'),
})

const commonErrors = ['AccessDeniedException', 'KMSInternalException'] as const
const changeErrors = [...commonErrors, 'NotFoundException', 'ValidationException'] as const

export const CreateAccount = identityChange({
  doc: 'Makes an account with a root credential of its own. For the first account alone.',
  input: {
    AccountId: optional(accountIdShape, 'Number of the account; absent: one drawn at random.'),
    Name: optional(accountName, 'What the account is to be called.'),
  },
  output: {
    Account: required(accountShape, 'The account.'),
    RootCredential: required(credentialShape, 'What its root signs with.'),
  },
  authorize: [{ action: 'keyhold:CreateAccount', resource: anyIdentity }],
  audit: ['AccountId', 'Name'],
  auditOutput: ['Account', 'RootCredential'],
  errors: [...commonErrors, 'AlreadyExistsException', 'LimitExceededException'],
})

export const ListAccounts = identityRead({
  doc: 'Lists the accounts. For the first account alone.',
  input: { Limit: limit, Marker: marker },
  output: {
    Accounts: required(listOf(accountShape), 'The accounts, by number.'),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'keyhold:ListAccounts', resource: anyIdentity }],
  audit: ['Limit', 'Marker'],
  errors: [...commonErrors, 'InvalidMarkerException'],
})

export const DisableAccount = identityChange({
  doc: 'Lets nobody of an account sign any more, until it is enabled. Its keys stay.',
  input: { AccountId: accountId },
  output: undefined,
  authorize: [{ action: 'keyhold:DisableAccount', resource: anyIdentity }],
  audit: ['AccountId'],
  errors: changeErrors,
})

export const EnableAccount = identityChange({
  doc: 'Lets the principals of an account sign again.',
  input: { AccountId: accountId },
  output: undefined,
  authorize: [{ action: 'keyhold:EnableAccount', resource: anyIdentity }],
  audit: ['AccountId'],
  errors: changeErrors,
})
