import { KmsError } from '../../api/errors.ts'
import {
  type AliasRecord,
  aliasRowId,
  refuseReservedAlias,
  requireAliasName,
} from '../../core/keys/alias.ts'
import { aliasArn, parseKeyReference, type Place } from '../../core/keys/arn.ts'
import { type Key, keyRowId } from '../../core/keys/key.ts'
import { requireState } from '../../core/keys/key-state.ts'
import type { Soon } from '../../core/soon.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { pageOfRows } from '../paging.ts'

const listAliasesRule = { limitDefault: 50, limitMax: 100 }

export const aliasHandlers: Family<'CreateAlias' | 'UpdateAlias' | 'DeleteAlias' | 'ListAliases'> =
  {
    async CreateAlias(input, call) {
      const name = input.AliasName
      requireAliasName(name)
      refuseReservedAlias(name)
      if ((await call.directory.alias(call.place, name)) !== undefined)
        throw new KmsError(
          'AlreadyExistsException',
          `An alias with the name ${aliasArn(call.place, name)} already exists`,
        )
      const key = targetKey(call, 1)
      await requireRoomFor(call, key)
      const nowMs = call.clock.nowMs()
      putAlias(call, key, {
        ...call.place,
        name,
        targetKeyId: key.record.keyId,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      })
    },

    async UpdateAlias(input, call) {
      const alias = call.targets[0]?.alias
      if (alias === undefined) throw new TypeError('the row resolves no alias')
      refuseReservedAlias(input.AliasName)
      const from = targetKey(call, 0)
      const to = targetKey(call, 1)
      // The key that it leaves may be pending deletion; the one that it goes to may not.
      requireState('notPendingDeletion', to, call.keyStores.keyState(to))
      if (from.record.usage !== to.record.usage || from.record.spec !== to.record.spec)
        throw new KmsError(
          'ValidationException',
          'Alias cannot be changed to a key of another type or usage.',
        )
      if (from.rowId === to.rowId) return
      await requireRoomFor(call, to)
      putAlias(call, to, {
        ...alias,
        targetKeyId: to.record.keyId,
        updatedAtMs: call.clock.nowMs(),
      })
    },

    DeleteAlias(input, call) {
      call.change.remove('alias', aliasRowId(call.place, input.AliasName))
    },

    async ListAliases(input, call) {
      const parent =
        input.KeyId === undefined ? undefined : (await keyOfFilter(input.KeyId, call)).rowId
      const page = await pageOfRows(call, 'ListAliases', input, listAliasesRule, {
        table: 'alias',
        idPrefix: aliasRowId(call.place, ''),
        ...(parent === undefined ? {} : { parent }),
      })
      return {
        Aliases: page.items.map(({ value }) => {
          const alias = value as AliasRecord
          return {
            AliasName: alias.name,
            AliasArn: aliasArn(alias, alias.name),
            TargetKeyId: alias.targetKeyId,
            CreationDate: alias.createdAtMs,
            LastUpdatedDate: alias.updatedAtMs,
          }
        }),
        NextMarker: page.NextMarker,
        Truncated: page.Truncated,
      }
    },
  }

const putAlias = (call: Call, key: Key, record: AliasRecord): void => {
  call.change.put('alias', aliasRowId(record, record.name), record, { parent: key.rowId })
}

/** ListAliases decides on the account, not on the key that it filters by; the key must exist. */
const keyOfFilter = (keyId: string, call: Call): Soon<Key> =>
  call.directory.requireKey(ownReference(parseKeyReference(keyId, call.place, false), call.place))

const ownReference = <R extends Place>(reference: R, here: Place): R => {
  if (reference.account === here.account) return reference
  throw new KmsError('NotFoundException', `Invalid arn ${reference.account}`)
}

const requireRoomFor = async (call: Call, key: Key): Promise<void> => {
  const { aliasesPerKey } = call.quotas
  const aliases = await call.state.list({
    table: 'alias',
    idPrefix: keyRowId(key.record, ''),
    parent: key.rowId,
    limit: aliasesPerKey,
  })
  if (aliases.length < aliasesPerKey) return
  throw new KmsError(
    'LimitExceededException',
    `The key ${key.arn} has ${aliasesPerKey} aliases, which is the limit.`,
  )
}
