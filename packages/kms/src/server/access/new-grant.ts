import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import type { GrantConstraints } from '../../core/access/grants/constraints.ts'
import { type Grant, grantOf } from '../../core/access/grants/grant.ts'
import { newGrantId } from '../../core/access/grants/grant-id.ts'
import { granteeParent, grantRowId, retiringParent } from '../../core/access/grants/grant-rows.ts'
import { operationsOfKey } from '../../core/access/grants/operations.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
import type { Key } from '../../core/keys/key.ts'
import { keySpecRow } from '../../core/keys/key-spec.ts'
import type { Call } from '../call.ts'
import { requireParty } from './grant-parties.ts'
import { limitsOf } from './grant-request.ts'

/**
 * The grant that a CreateGrant asks for. It is not stored yet: there may be one already by the same
 * name that says the same. Rejects with InvalidArnException for principals that do not exist, and
 * with ValidationException for operations that the key does not have.
 */
export const askedGrant = async (
  call: Call,
  key: Key,
  input: Input<'CreateGrant'>,
): Promise<Grant> => {
  const limits = limitsOf(input)
  const possible = operationsOfKey(key.record)
  for (const operation of limits.operations)
    if (!possible.has(operation))
      throw invalid(`The operation ${operation} is not valid for the key ${key.arn}.`)
  // It would let its grantee pass on nothing.
  if (limits.operations.every((operation) => operation === 'CreateGrant'))
    throw invalid('Grants must not contain only the CreateGrant operation.')
  requireConstraints(limits.constraints, key)
  const grantee = await requireParty(call, input.GranteePrincipal ?? '')
  const { RetiringPrincipal: retiringArn } = input
  const retiring = retiringArn === undefined ? undefined : await requireParty(call, retiringArn)
  return grantOf({
    grantId: newGrantId(call.random),
    keyArn: key.arn,
    name: input.Name,
    granteePrincipal: grantee.arn,
    granteeId: grantee.id,
    retiringPrincipal: retiring?.arn,
    retiringId: retiring?.id,
    issuingAccount: call.caller.account,
    createdAtMs: call.clock.nowMs(),
    parentGrantId: call.targets[0]?.allowedBy?.record.grantId,
    ...limits,
  })
}

/** The grant that an earlier call by the same name made, if it asked for the same. */
export const sameGrant = async (
  call: Call,
  key: Key,
  { record, grantee }: Grant,
): Promise<Grant | undefined> =>
  record.name === undefined
    ? undefined
    : (await call.grants.of(key.rowId, [grantee.name]))?.sameAs(record)

/** Puts a grant into the change. Rejects with LimitExceededException if the key has too many. */
export const putGrant = async (call: Call, key: Key, grant: Grant): Promise<void> => {
  const { grantsPerKey } = call.quotas
  if ((await call.grants.count(key.rowId)) >= grantsPerKey)
    throw new KmsError(
      'LimitExceededException',
      `The key ${key.arn} has ${grantsPerKey} grants, which is the limit.`,
    )
  const { record, grantee, retiring } = grant
  const id = grantRowId({ keyRowId: key.rowId, grantId: record.grantId })
  call.change.put('grant', id, record, { parent: granteeParent(key.rowId, grantee.name) })
  if (retiring === undefined) return
  const parent = retiringParent(key.record.region, retiring.name)
  call.change.put('grant_retiring', id, {}, { parent })
}

/** Bounds of a constraint on the encryption context (API Reference, "GrantConstraints"). */
const pairsMax = 8
const unitsMax = 384

const requireConstraints = (
  { encryptionContextEquals, encryptionContextSubset }: GrantConstraints,
  { record }: Key,
): void => {
  if (encryptionContextEquals !== undefined && encryptionContextSubset !== undefined)
    throw invalid('More than one constraint supplied')
  const asksForContext =
    encryptionContextEquals !== undefined || encryptionContextSubset !== undefined
  // Its uses carry no context, so that the constraint would not bind them.
  if (asksForContext && keySpecRow(record.spec).material !== 'symmetric')
    throw invalid(
      `A constraint on the encryption context is not valid for the key spec ${record.spec}.`,
    )
  for (const pairs of [encryptionContextEquals, encryptionContextSubset]) {
    if (pairs === undefined) continue
    canonicalContext(new Map(pairs))
    const units = pairs.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
    if (pairs.length > pairsMax || units > unitsMax)
      throw invalid(
        `A constraint on the encryption context has at most ${pairsMax} pairs and ${unitsMax} characters.`,
      )
  }
}

const invalid = (message: string): KmsError => new KmsError('ValidationException', message)
