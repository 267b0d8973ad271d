import {
  type AccessKeyRecord,
  accessKeyRecord,
  isAccessKeyId,
  isSecretAccessKey,
  type NewCredential,
  unwrapAccessKey,
} from '../core/identity/access-key.ts'
import { sameBytes } from '../core/state/mac.ts'
import type { Clock } from '../core/ports.ts'
import { allValues } from '../core/state/all-values.ts'
import type { Unsealed } from './bootstrap.ts'
import { accessKeysMax } from './identity/access-keys.ts'
import type { Log } from './log.ts'

/** What is wrong with the form of a credential; it never repeats it. */
export const faultOfForm = ({
  accessKeyId,
  secretAccessKey,
}: NewCredential): string | undefined => {
  if (!isAccessKeyId(accessKeyId))
    return 'an access key id that is not AKIA and 16 of the letters A-Z and digits 2-7'
  if (!isSecretAccessKey(secretAccessKey))
    return 'a secret access key that is not 40 letters, digits, + and /'
  return undefined
}

/**
 * Gives the root of the first account a fixed access key, wrapped as all others are, and warns of
 * it at each start. Takes what `faultOfForm` finds nothing wrong with. A secret that has changed
 * takes the place of the one before; a key that was made inactive is active again. Throws, changing
 * nothing, if the id is another principal's, or if the root has as many access keys as it may.
 */
export const seedDevCredential = async (
  credential: NewCredential,
  cluster: Unsealed,
  clock: Clock,
  log: Log,
): Promise<void> => {
  const { accessKeyId } = credential
  const stored = await cluster.state.read('access_key', accessKeyId)
  const known = stored?.value as AccessKeyRecord | undefined
  await requirePlace(accessKeyId, known, cluster)
  const outcome = outcomeOf(credential, known, cluster)
  if (outcome !== 'unchanged') await put(credential, known, cluster, clock)
  log.warn('development credential', {
    accessKeyId,
    account: cluster.account,
    outcome,
    warning: 'a fixed root credential from a file: for test suites alone',
  })
}

const requirePlace = async (
  accessKeyId: string,
  known: AccessKeyRecord | undefined,
  { state, account }: Unsealed,
): Promise<void> => {
  if (known !== undefined) {
    if (known.account === account && known.userId === undefined) return
    throw new Error(
      `the access key ${accessKeyId} of the development credentials belongs to somebody else ` +
        `than the root of account ${account}: choose another id`,
    )
  }
  // A file whose id changes from start to start would leave root keys behind that nobody remembers.
  const ids: string[] = []
  for await (const { value } of allValues(state, { table: 'access_key', parent: account }))
    ids.push((value as AccessKeyRecord).accessKeyId)
  if (ids.length >= accessKeysMax)
    throw new Error(
      `the root of account ${account} has ${accessKeysMax} access keys already ` +
        `(${ids.join(', ')}), and room for no other: start without the development credentials ` +
        'and delete one, with keyhold iam delete-access-key',
    )
}

type Outcome = 'made' | 'unchanged' | 'secret replaced' | 'made active'

const outcomeOf = (
  { secretAccessKey }: NewCredential,
  known: AccessKeyRecord | undefined,
  { hierarchy }: Unsealed,
): Outcome => {
  if (known === undefined) return 'made'
  using secret = unwrapAccessKey(known, hierarchy)
  if (!sameBytes(secret.expose(), new TextEncoder().encode(secretAccessKey)))
    return 'secret replaced'
  return known.isInactive === true ? 'made active' : 'unchanged'
}

const put = async (
  credential: NewCredential,
  known: AccessKeyRecord | undefined,
  { state, hierarchy, account }: Unsealed,
  clock: Clock,
): Promise<void> => {
  const madeAtMs = known?.createdAtMs ?? clock.nowMs()
  const record = accessKeyRecord(credential, { account }, hierarchy, madeAtMs)
  const change = state.begin().put('access_key', record.accessKeyId, record, { parent: account })
  await state.commit(known === undefined ? change : change.eraseMaterial())
}
