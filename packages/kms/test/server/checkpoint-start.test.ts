import assert from 'node:assert/strict'
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { bootstrap } from '../../src/server/bootstrap.ts'
import { type DataDirectory, layout } from '../../src/server/data-directory.ts'
import { openSealing } from '../../src/server/sealing.ts'
import { openSqliteStore } from '../../src/server/stores/sqlite-store.ts'
import { systemClock, systemRandom } from '../../src/server/system.ts'
import { editDatabase } from './database.ts'
import { succeeded } from './expect.ts'
import { serveChild } from './serve-child.ts'
import { newDirectory, type Scene, startWorkers, until } from './workers/scene.ts'

/** More changes than a start verifies as a whole, or leaves without a checkpoint. */
const manyRows = 6000

/** Makes that many changes in the name of a service that does not run. */
const fill = async (directory: DataDirectory): Promise<void> => {
  const random = systemRandom()
  const { seal } = await openSealing(directory, undefined, random)
  await using store = Object.assign(await openSqliteStore(directory.database), {
    async [Symbol.asyncDispose]() {
      await store.close()
    },
  })
  const { state } = await bootstrap({
    store,
    seal,
    account: undefined,
    clock: systemClock,
    random,
    anchor: undefined,
    onTamper: (error) => assert.fail(error),
    keepCredential: () => assert.fail('the directory is new'),
  })
  const change = state.begin()
  for (let n = 0; n < manyRows; n += 1) change.put('tombstone', `row ${n}`, n)
  await state.commit(change)
}

/** A directory with a long log and no checkpoint of it. */
const setScene = async (): Promise<AsyncDisposable & { readonly directory: DataDirectory }> => {
  const dataDir = await newDirectory()
  const dispose = () => rm(dataDir, { recursive: true, force: true })
  const directory = layout(dataDir)
  const first = serveChild(dataDir)
  if ((await first.ready) === undefined) assert.fail((await first.ended).stderr)
  await first.kill('SIGTERM')
  await fill(directory)
  await rm(directory.checkpoint)
  return { directory, [Symbol.asyncDispose]: dispose }
}

const newKey = async ({ workers }: Scene): Promise<string> => {
  const { KeyMetadata } = succeeded(await workers[0]!.call('CreateKey', {}))
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

describe('a service with a long log', () => {
  it('starts from its checkpoint after it was killed, and so do its workers', async () => {
    await using scene = await setScene()
    const { path: dataDir, checkpoint, database } = scene.directory
    let keyId = ''
    {
      await using running = await startWorkers({ count: 1, dataDir })
      // Written before the workers begin, for them.
      assert((await stat(checkpoint)).size > manyRows * 16)
      keyId = await newKey(running)
      await running.child.kill('SIGKILL')
    }
    const before = await readFile(checkpoint)
    await writeFile(`${checkpoint}.new`, 'what a process leaves that was killed')
    // Whoever verified all of it would not start.
    editDatabase(database, `update change_log set record = 'x' where seq = 100`)
    await using running = await startWorkers({ count: 1, dataDir })
    succeeded(await running.workers[0]!.call('DescribeKey', { KeyId: keyId }))
    succeeded(await running.workers[0]!.call('Encrypt', { KeyId: keyId, Plaintext: 'AAAA' }))
    assert.deepEqual(await readFile(checkpoint), before)
    await assert.rejects(stat(`${checkpoint}.new`), { code: 'ENOENT' })
    // And then it is found, by the verification of everything.
    const isTold = (event: string) => running.child.log.some((line) => line.event === event)
    await until(() => isTold('state not verified'))
    assert(isTold('tampering found'))
    await running.child.kill('SIGTERM')
    assert.notDeepEqual(await readFile(checkpoint), before)
  })

  it('does not start where database and audit log were put back, and the checkpoint was not', async () => {
    await using scene = await setScene()
    const { directory } = scene
    const { path: dataDir, database, audit, checkpoint } = directory
    const start = async (): Promise<{ readonly code: number | null; readonly stderr: string }> => {
      const child = serveChild(dataDir)
      if ((await child.ready) !== undefined) await child.kill('SIGTERM')
      return child.ended
    }
    assert.equal((await start()).code, 0)
    for (const kept of [database, audit]) await cp(kept, `${kept}.old`, { recursive: true })
    {
      await using running = await startWorkers({ count: 1, dataDir })
      await newKey(running)
      await running.child.kill('SIGTERM')
    }
    for (const kept of [database, audit]) {
      await rm(kept, { recursive: true })
      await cp(`${kept}.old`, kept, { recursive: true })
    }
    const refused = await start()
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, /the database is older than keyhold\.checkpoint/)
    const [, known, newest] = /tells of change (\d+), .* is (\d+):/.exec(refused.stderr) ?? []
    assert(Number(newest) > manyRows && Number(known) > Number(newest), refused.stderr)
    assert.match(refused.stderr, /on purpose, remove keyhold\.checkpoint and start again/)
    // Whoever knows what he does takes it away, and has the whole log verified.
    await rm(checkpoint)
    assert.equal((await start()).code, 0)
  })

  it('verifies all of the log where the checkpoint is of no use, and makes a new one', async () => {
    await using scene = await setScene()
    const { path: dataDir, database, checkpoint } = scene.directory
    const start = async (): Promise<readonly string[]> => {
      const child = serveChild(dataDir)
      if ((await child.ready) !== undefined) await child.kill('SIGTERM')
      const { stderr } = await child.ended
      return [...child.log.map(({ event }) => event), stderr]
    }
    await start()
    const good = await readFile(checkpoint)
    await writeFile(checkpoint, good.subarray(0, -1))
    assert((await start()).includes('checkpoint not used'))
    assert(!(await start()).includes('checkpoint not used'))
    await writeFile(checkpoint, 'rubbish')
    editDatabase(database, `update change_log set record = 'x' where seq = 100`)
    assert.match((await start()).at(-1) ?? '', /the entry does not fit the chain/)
  })
})
