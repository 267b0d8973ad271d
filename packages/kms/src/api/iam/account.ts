import { anyIdentity, identityRead } from './row.ts'
import { accountAliasShape, pageInput, pageOutput } from './members.ts'
import { integerMap, listOf, required } from '../shapes.ts'

export const GetAccountSummary = identityRead({
  doc: 'Counts what the account has, beside its quotas.',
  input: {},
  output: {
    SummaryMap: required(integerMap, 'How much there is, and the quotas.'),
  },
  authorize: [{ action: 'iam:GetAccountSummary', resource: anyIdentity }],
  audit: [],
  errors: ['ServiceFailureException'],
})

export const ListAccountAliases = identityRead({
  doc: 'Lists the aliases of the account: there are none.',
  input: {
    ...pageInput,
  },
  output: {
    AccountAliases: required(listOf(accountAliasShape), 'The aliases: there are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListAccountAliases', resource: anyIdentity }],
  audit: ['Marker', 'MaxItems'],
  errors: ['ServiceFailureException'],
})
