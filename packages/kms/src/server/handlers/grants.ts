import type { Output } from '../../api/operations.ts'
import type { Grant, GrantRecord } from '../../core/access/grants/grant.ts'
import type { GrantConstraints } from '../../core/access/grants/constraints.ts'
import { grantNotFound, requireGrantId } from '../../core/access/grants/grant-id.ts'
import {
  grantNameOf,
  grantRowId,
  retiringParent,
  rowsOfGrant,
} from '../../core/access/grants/grant-rows.ts'
import { parsePrincipal } from '../../core/access/principals/reference.ts'
import { rootArn } from '../../core/keys/arn.ts'
import type { Key } from '../../core/keys/key.ts'
import { requireRetiringName } from '../access/grant-parties.ts'
import { askedGrant, putGrant, sameGrant } from '../access/new-grant.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { type Page, pageOfMatchingRows, pageOfRows } from '../paging.ts'

const listGrantsRule = { limitDefault: 50, limitMax: 100 }

export const grantHandlers: Family<
  'CreateGrant' | 'ListGrants' | 'ListRetirableGrants' | 'RetireGrant' | 'RevokeGrant'
> = {
  async CreateGrant(input, call) {
    const key = targetKey(call)
    const asked = await askedGrant(call, key, input)
    const existing = await sameGrant(call, key, asked)
    if (existing === undefined) await putGrant(call, key, asked)
    const { grantId } = (existing ?? asked).record
    return {
      GrantToken: call.grantTokens.encode({ keyRowId: key.rowId, grantId }),
      GrantId: grantId,
    }
  },

  async ListGrants(input, call) {
    const { rowId } = targetKey(call)
    const { GrantId: grantId = '', GranteePrincipal: grantee } = input
    if (grantId !== '') requireGrantId(grantId)
    const page = await pageOfMatchingRows(
      call,
      'ListGrants',
      [rowId, grantId, grantee ?? ''].join(' '),
      input,
      listGrantsRule,
      { table: 'grant', idPrefix: grantRowId({ keyRowId: rowId, grantId }) },
      ({ value }) => grantee === undefined || isTo(value as GrantRecord, grantee),
    )
    return outputOf(
      page,
      page.items.map(({ value }) => value as GrantRecord),
    )
  },

  async ListRetirableGrants(input, call) {
    const name = await requireRetiringName(call, input.RetiringPrincipal ?? '')
    const page = await pageOfRows(call, 'ListRetirableGrants', input, listGrantsRule, {
      table: 'grant_retiring',
      parent: retiringParent(call.place.region, name),
    })
    const records: GrantRecord[] = []
    for (const { id } of page.items) {
      const grant = await call.grants.find(grantNameOf(id))
      // It may have gone since the page was read.
      if (grant !== undefined) records.push(grant.record)
    }
    return outputOf(page, records)
  },

  RetireGrant(_input, call) {
    const [target] = call.targets
    if (target?.grant === undefined) throw new TypeError('the row resolves no grant')
    removeGrant(call, targetKey(call), target.grant)
  },

  async RevokeGrant(input, call) {
    const key = targetKey(call)
    const grantId = requireGrantId(input.GrantId)
    const grant = await call.grants.find({ keyRowId: key.rowId, grantId })
    if (grant === undefined) throw grantNotFound(grantId)
    removeGrant(call, key, grant)
  },
}

const removeGrant = (call: Call, { rowId }: Key, grant: Grant): void => {
  for (const { table, id } of rowsOfGrant(rowId, grant)) call.change.remove(table, id)
}

/** An account may be written in two ways, and an ARN in several partitions. */
const isTo = ({ granteePrincipal }: GrantRecord, principal: string): boolean => {
  const name = parsePrincipal(principal)?.name
  return name !== undefined && parsePrincipal(granteePrincipal)?.name === name
}

const outputOf = (
  { NextMarker, Truncated }: Page<unknown>,
  grants: readonly GrantRecord[],
): Output<'ListGrants'> => ({ Grants: grants.map(entryOf), NextMarker, Truncated })

const entryOf = (record: GrantRecord): Output<'ListGrants'>['Grants'][number] => ({
  KeyId: record.keyArn,
  GrantId: record.grantId,
  Name: record.name,
  CreationDate: record.createdAtMs,
  GranteePrincipal: record.granteePrincipal,
  RetiringPrincipal: record.retiringPrincipal,
  IssuingAccount: rootArn({
    region: record.keyArn.split(':')[3] ?? '',
    account: record.issuingAccount,
  }),
  Operations: record.operations,
  Constraints: constraintsOf(record.constraints),
})

const constraintsOf = (constraints: GrantConstraints) => {
  const { encryptionContextEquals: equal, encryptionContextSubset: subset, sourceArn } = constraints
  if (equal === undefined && subset === undefined && sourceArn === undefined) return undefined
  return {
    EncryptionContextEquals: equal && new Map(equal),
    EncryptionContextSubset: subset && new Map(subset),
    SourceArn: sourceArn,
  }
}
