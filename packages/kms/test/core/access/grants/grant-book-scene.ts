import { GrantBook } from '../../../../src/core/access/grants/grant-book.ts'
import { grantOf, type GrantRecord } from '../../../../src/core/access/grants/grant.ts'
import { granteeParent, grantRowId } from '../../../../src/core/access/grants/grant-rows.ts'
import { noContext } from '../../../../src/core/access/grants/permits.ts'
import type { Store } from '../../../../src/core/ports.ts'
import type { Change } from '../../../../src/core/state/change.ts'
import { State } from '../../../../src/core/state/state.ts'
import { memoryStore } from '../../state/memory-store.ts'
import { someStateKey } from '../../state/state-key.ts'
import { arns, grant, home, keyArn } from '../support.ts'

export const key = `eu-central-1/${home}/1`
export const otherKey = `eu-central-1/${home}/2`
const [alice, bob] = [arns.alice, arns.bob].map((arn) => grantOf(recordOf(0, arn)).grantee.name)
export const names = { alice: alice ?? '', bob: bob ?? '' }

export function recordOf(number: number, granteePrincipal: string): GrantRecord {
  const grantId = number.toString(16).padStart(64, '0')
  return { ...grant().record, grantId, granteePrincipal }
}

/** A store that counts its look-ups, and holds them up on request. */
const countingStore = () => {
  const store = memoryStore()
  let lists = 0
  let held: Promise<void> | undefined
  let isHeldOnce = false
  let areCommitsLost = false
  return {
    store: {
      ...store,
      commit: async (commit) => {
        await store.commit(commit)
        if (areCommitsLost) throw new Error('nobody was told')
      },
      list: async (query) => {
        lists += 1
        const mine = held
        if (isHeldOnce) held = undefined
        const found = await store.list(query)
        await mine
        return found
      },
    } satisfies Store,
    lists: () => lists,
    /** From now on commits take effect, and fail all the same. */
    loseCommits: () => {
      areCommitsLost = true
    },
    /** Holds up all look-ups, or only the next one, until the result is called. */
    hold: (isOnce = false) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      isHeldOnce = isOnce
      return () => {
        held = undefined
        resolve()
      }
    },
  }
}

/** A book of grants over a store that counts and waits. */
export const scene = async (keptMax?: number) => {
  const counting = countingStore()
  const state = await State.open(counting.store, someStateKey())
  const book = new GrantBook(state, keptMax)
  const put = (change: Change, keyRowId: string, record: GrantRecord): Change => {
    const id = grantRowId({ keyRowId, grantId: record.grantId })
    const parent = granteeParent(keyRowId, grantOf(record).grantee.name)
    return change.put('grant', id, record, { parent })
  }
  const commit = async (change: Change): Promise<void> => {
    await state.commit(change)
    book.apply(change.rows)
  }
  return {
    ...counting,
    state,
    book,
    add: (number: number, arn: string, keyRowId = key) =>
      commit(put(state.begin(), keyRowId, recordOf(number, arn))),
    remove: (number: number, keyRowId = key) =>
      commit(
        state
          .begin()
          .remove('grant', grantRowId({ keyRowId, grantId: recordOf(number, '').grantId })),
      ),
    /** The numbers of the grants that a request by these names sees. */
    seen: async (wanted: readonly string[], keyRowId = key): Promise<readonly number[]> => {
      const index = await book.of(keyRowId, wanted)
      const use = {
        operation: 'Decrypt',
        keyArn,
        context: noContext,
        sourceArn: undefined,
        child: undefined,
      } as const
      const found = [...(index?.candidates(wanted, use) ?? [])]
      return found
        .map(({ record }) => Number.parseInt(record.grantId, 16))
        .sort((left, right) => left - right)
    },
  }
}
