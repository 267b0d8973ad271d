/** What do the grants on a key cost a request, once there are 50,000 of them in the database? */
import { join } from 'node:path'
import { GrantBook } from '../packages/kms/src/core/access/grants/grant-book.ts'
import { grantOf, type GrantRecord } from '../packages/kms/src/core/access/grants/grant.ts'
import { granteeParent, grantRowId } from '../packages/kms/src/core/access/grants/grant-rows.ts'
import type { State } from '../packages/kms/src/core/state/state.ts'
import { bootstrap } from '../packages/kms/src/server/bootstrap.ts'
import { keyFileSeal } from '../packages/kms/src/server/seals/key-file.ts'
import { openSqliteStore } from '../packages/kms/src/server/stores/sqlite-store.ts'
import { systemClock, systemRandom } from '../packages/kms/src/server/system.ts'
import { account, keyArn } from './access-policies.ts'
import { Scope } from './children.ts'
import type { Question } from './question.ts'
import { tableText } from './statistics.ts'

const keyRowId = `eu-central-1/${account}/1234abcd-12ab-34cd-56ef-1234567890ab`
const rowsPerCommit = 1000

type Result = {
  readonly grants: number
  readonly grantees: number
  /** The first request of a grantee since the start of the service, wall time. */
  readonly firstMillis: number
  /** Every later one, CPU time. */
  readonly laterMicros: number
  /** One right after a grant to the same grantee was made, CPU time, the change itself included. */
  readonly afterChangeMicros: number
}

export const question: Question = {
  title: 'grants: finding those that a request may use, in a database with many',
  pinning: 'one process, not pinned',
  async answer({ quick }) {
    const results: Result[] = []
    for (const [grants, grantees] of [
      [0, 1],
      [50, 10],
      [quick ? 5000 : 50_000, 1000],
      [quick ? 5000 : 50_000, 1],
    ] as const)
      results.push(await measure(grants, grantees, quick ? 1000 : 100_000))
    return { text: textOf(results), figures: results }
  },
}

const measure = async (grants: number, grantees: number, turns: number): Promise<Result> => {
  await using scope = new Scope()
  const store = await openSqliteStore(join(await scope.directory(), 'keyhold.db'))
  try {
    const random = systemRandom()
    const { state } = await bootstrap({
      store,
      seal: keyFileSeal(random.bytes(32)),
      account,
      clock: systemClock,
      random,
      anchor: undefined,
      onTamper: () => undefined,
      keepCredential: () => Promise.resolve(),
    })
    await fill(state, grants, grantees)
    const book = new GrantBook(state)
    const names = [grantOf(recordOf(0, 0)).grantee.name, account]
    const start = performance.now()
    await book.of(keyRowId, names)
    const firstMillis = performance.now() - start
    const laterMicros = microsEach(turns, () => {
      if (book.of(keyRowId, names) instanceof Promise) throw new Error('it is not in memory')
    })
    let number = grants
    const afterChangeMicros = microsEach(turns / 100, () => {
      if (grants === 0) return
      const record = recordOf((number += 1), 0)
      const content = JSON.stringify(record)
      book.apply([{ table: 'grant', id: idOf(record), content }])
      if (book.of(keyRowId, names) instanceof Promise) throw new Error('it is not in memory')
    })
    return { grants, grantees, firstMillis, laterMicros, afterChangeMicros }
  } finally {
    await store.close()
  }
}

const recordOf = (number: number, grantee: number): GrantRecord => ({
  grantId: number.toString(16).padStart(64, '0'),
  keyArn,
  granteePrincipal: `arn:aws:iam::${account}:role/grantee-${grantee}`,
  issuingAccount: account,
  operations: ['Decrypt', 'GenerateDataKey'],
  constraints: { encryptionContextEquals: [['volume', `vol-${number}`]] },
  createdAtMs: 0,
})

const idOf = ({ grantId }: GrantRecord): string => grantRowId({ keyRowId, grantId })

const fill = async (state: State, grants: number, grantees: number): Promise<void> => {
  for (let number = 0; number < grants;) {
    const change = state.begin()
    for (let rows = 0; rows < rowsPerCommit && number < grants; rows += 1, number += 1) {
      const record = recordOf(number, number % grantees)
      const parent = granteeParent(keyRowId, grantOf(record).grantee.name)
      change.put('grant', idOf(record), record, { parent })
    }
    await state.commit(change)
  }
}

/** CPU time of this process for each turn. */
const microsEach = (turns: number, work: () => void): number => {
  const start = process.cpuUsage()
  for (let turn = 0; turn < turns; turn += 1) work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / turns
}

const textOf = (results: readonly Result[]): string => {
  const head = [
    'grants on the key',
    'grantees',
    'first ms',
    'later CPU us',
    'after a new one CPU us',
  ]
  const rows = results.map((result) => [
    result.grants.toLocaleString('en-US'),
    result.grantees.toLocaleString('en-US'),
    result.firstMillis.toFixed(1),
    result.laterMicros.toFixed(2),
    result.grants === 0 ? '' : result.afterChangeMicros.toFixed(1),
  ])
  return tableText([head, ...rows])
}
