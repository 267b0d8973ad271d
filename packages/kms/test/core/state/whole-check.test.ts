import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Commit, Store } from '../../../src/core/ports.ts'
import { State } from '../../../src/core/state/state.ts'
import { memoryData, memoryStore, rowName } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const tampered = (table: string, id: string) => ({ name: 'TamperError', table, id })

/** More rows than a page has; their ids in the order in which they are listed. */
const ids = Array.from({ length: 130 }, (_, n) => `k${String(n).padStart(3, '0')}`)

const scene = async (change: (inner: Store) => Partial<Store> = () => ({})) => {
  const data = memoryData()
  const inner = memoryStore(data)
  const state = await State.open({ ...inner, ...change(inner) }, someStateKey())
  const first = state.begin()
  for (const id of ids) first.put('key', id, { of: id })
  await state.commit(first)
  await state.commit(state.begin().remove('key', 'k064'))
  return { data, state }
}

describe('a whole verification', () => {
  for (const id of ['k000', 'k024', 'k025', 'k049', 'k077', 'k129']) {
    test(`finds ${id} missing, edited, and with a row behind it that nobody made`, async () => {
      const { data, state } = await scene()
      const name = rowName('key', id)
      const row = data.rows.get(name)!
      data.rows.delete(name)
      await assert.rejects(state.verify(), tampered('key', id))
      data.rows.set(name, { ...row, content: '1' })
      await assert.rejects(state.verify(), tampered('key', id))
      data.rows.set(name, row)
      await state.verify()
      data.rows.set(rowName('key', `${id}+`), { ...row, id: `${id}+` })
      await assert.rejects(state.verify(), tampered('key', `${id}+`))
    })
  }

  test('finds a removed row that was put back', async () => {
    const { data, state } = await scene()
    const name = rowName('key', 'k010')
    const row = data.rows.get(name)!
    await state.commit(state.begin().remove('key', 'k010'))
    await state.verify()
    data.rows.set(name, row)
    await assert.rejects(state.verify(), tampered('key', 'k010'))
  })

  test('finds the row of a commit that failed, in the place of the one that got its seq', async () => {
    let failed: Commit | undefined
    let fails = false
    const { data, state } = await scene((inner) => ({
      commit: async (commit) => {
        if (!fails) return inner.commit(commit)
        fails = false
        failed = commit
        throw new Error('no room')
      },
    }))
    fails = true
    await assert.rejects(state.commit(state.begin().put('key', 'k', { enabled: true })))
    await state.commit(state.begin().put('key', 'k', { enabled: false }))
    await state.verify()
    data.rows.set(rowName('key', 'k'), failed!.writes[0]!)
    await assert.rejects(state.verify(), tampered('key', 'k'))
  })

  test('goes on while rows are changed, and finds missing what was written meanwhile', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined
    const { data, state } = await scene((inner) => ({
      list: async (query) => {
        const page = await inner.list(query)
        const work = query.table === 'key' ? meanwhile : undefined
        if (work !== undefined) meanwhile = undefined
        await work?.()
        return page
      },
    }))
    const put = (late: string) => {
      const change = state.begin().put('key', 'k001', late)
      for (let n = 0; n < 20; n++) change.put('key', `a ${late} one ${n}`, 1)
      return state.commit(change)
    }
    meanwhile = () => put('late')
    await state.verify()
    meanwhile = async () => {
      await put('later')
      data.rows.delete(rowName('key', 'a later one 19'))
    }
    await assert.rejects(state.verify(), tampered('key', 'a later one 19'))
  })

  test('finds a listing that does not keep the order of ids', async () => {
    let isReversed = false
    const { state } = await scene((inner) => ({
      list: async (query) => {
        const page = await inner.list(query)
        return isReversed && query.table === 'key' ? page.toReversed() : page
      },
    }))
    await state.verify()
    isReversed = true
    await assert.rejects(state.verify(), tampered('key', 'k023'))
  })

  test('rests after every few rows, and every few entries', async () => {
    let pages = 0
    let pauses = 0
    const { state } = await scene((inner) => ({
      list: (query) => {
        pages += 1
        assert.ok(query.limit <= 25)
        return inner.list(query)
      },
    }))
    pages = 0
    await state.verify(async () => {
      pauses += 1
    })
    // Five full pages of keys, and two full batches of the log.
    assert.equal(pauses, 5 + 2)
    assert.ok(pages > 5)
  })
})
