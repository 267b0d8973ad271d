import { KmsError } from '../../api/errors.ts'
import type { KeyholdOperations } from '../../api/keyhold.ts'
import { userArn } from '../../core/identity/arn.ts'
import { rootArn } from '../../core/keys/arn.ts'
import type { AccountRecord } from '../../core/identity/records.ts'
import type { Random } from '../../core/ports.ts'
import { explainAccess } from '../access/explain.ts'
import type { Call, HandlersOf } from '../call.ts'
import { pageOfRows } from '../paging.ts'
import type { NamedMembers, Question, Resolver } from '../resolve.ts'
import { newAccessKey } from './access-keys.ts'
import { requireAccess } from './decide.ts'

const accountsMax = 1000
const listAccountsRule = { limitDefault: 100, limitMax: 1000 }

/**
 * Decides Keyhold's own operations. Accounts are for the first account: its root, and whom a policy
 * of its own lets. Sessions are for the account that they belong to; so are explanations, as far as
 * they show that account's policies alone.
 */
export const resolveAdministration: Resolver = async (name, row, input, question, onTarget) => {
  const { caller } = question
  const [{ action } = { action: '' }] = row.authorize
  const named = (input['PrincipalArn'] ?? input['Principal']) as string | undefined
  const owner = ownerOf(name, input, question)
  await requireAccess(question, input, { action, arn: named ?? '*', owner })
  if (caller.account !== owner) throw new TypeError('another account was allowed')
  const target = { action }
  onTarget(target)
  return [target]
}

const ownerOf = (name: string, input: NamedMembers, { caller, world }: Question): string => {
  if (name === 'RevokeSessions') return accountOf(input['PrincipalArn'])
  if (name !== 'ExplainAccess') return world.firstAccount
  const keyId = input['KeyId'] as string | undefined
  const ofKey = keyId?.startsWith('arn:') === true ? accountOf(keyId) : caller.account
  const isOwn = accountOf(input['Principal']) === caller.account && ofKey === caller.account
  return isOwn ? caller.account : world.firstAccount
}

/** The account within an ARN; empty if there is none. */
const accountOf = (arn: unknown): string => (arn as string | undefined)?.split(':')[4] ?? ''

/** The work of Keyhold's own operations, by their names. */
export const administrationHandlers: HandlersOf<KeyholdOperations> = {
  async CreateAccount(input, call) {
    const account = input.AccountId ?? (await freeNumber(call))
    if ((await call.identities.account(account)) !== undefined)
      throw new KmsError('AlreadyExistsException', `The account ${account} already exists.`)
    const ids = await call.state.listIds({ table: 'account', limit: accountsMax })
    if (ids.length >= accountsMax)
      throw new KmsError(
        'LimitExceededException',
        `There are ${accountsMax} accounts, which is the limit.`,
      )
    const record: AccountRecord = {
      account,
      createdAtMs: call.clock.nowMs(),
      ...(input.Name === undefined ? {} : { name: input.Name }),
      madeBy: call.firstAccount,
    }
    call.change.put('account', account, record)
    const { credential } = newAccessKey(call, account, undefined)
    return {
      Account: accountView(record),
      RootCredential: {
        AccessKeyId: credential.accessKeyId,
        SecretAccessKey: credential.secretAccessKey,
      },
    }
  },

  async ListAccounts(input, call) {
    const page = await pageOfRows(call, 'ListAccounts', input, listAccountsRule, {
      table: 'account',
    })
    return {
      Accounts: page.items.map(({ value }) => accountView(value as AccountRecord)),
      NextMarker: page.NextMarker,
      Truncated: page.Truncated,
    }
  },

  DisableAccount: (input, call) => setDisabled(call, input.AccountId, true),

  EnableAccount: (input, call) => setDisabled(call, input.AccountId, false),

  ExplainAccess: explainAccess,

  async RevokeSessions({ PrincipalArn: arn }, call) {
    const { account } = call.place
    const sessionsFromMs = call.clock.nowMs()
    const parent = account
    if (arn === rootArn({ region: call.place.region, account })) {
      const root = await call.identities.account(account)
      if (root === undefined) throw noPrincipal(arn)
      call.change.put('account', account, { ...root, sessionsFromMs })
      return
    }
    const role = await call.identities.roleByArn(arn)
    if (role?.account === account) {
      call.change.put('role', role.roleId, { ...role, sessionsFromMs }, { parent })
      return
    }
    const name = arn.slice(arn.lastIndexOf('/') + 1)
    const user = await call.identities.byName(account, 'user', name)
    if (user === undefined || userArn(user) !== arn) throw noPrincipal(arn)
    call.change.put('user', user.userId, { ...user, sessionsFromMs }, { parent })
  },
}

const noPrincipal = (arn: string): KmsError =>
  new KmsError('NotFoundException', `There is no user or role ${arn.slice(0, 256)}.`)

const accountView = (record: AccountRecord) => ({
  AccountId: record.account,
  Name: record.name,
  Status: record.isDisabled === true ? ('DISABLED' as const) : ('ACTIVE' as const),
  CreationDate: record.createdAtMs,
})

const setDisabled = async (call: Call, account: string, isDisabled: boolean): Promise<void> => {
  const record = await call.identities.account(account)
  if (record === undefined)
    throw new KmsError('NotFoundException', `The account ${account} does not exist.`)
  // Nobody could enable it again.
  if (account === call.firstAccount)
    throw new KmsError('ValidationException', 'The first account cannot be disabled.')
  if ((record.isDisabled === true) !== isDisabled)
    call.change.put('account', account, { ...record, isDisabled })
}

const freeNumber = async (call: Call): Promise<string> => {
  for (;;) {
    const number = randomNumber(call.random)
    if ((await call.identities.account(number)) === undefined) return number
  }
}

/** Twelve digits, the first of them not 0. */
const randomNumber = (random: Random): string => {
  const bytes = random.bytes(8)
  const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)
  return String(100_000_000_000n + (value % 900_000_000_000n))
}
