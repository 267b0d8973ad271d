import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import type { KeyPairSpec, NewKeyPair } from '../../../src/core/crypto/asymmetric/key-pairs.ts'
import { Lane, type LaneOptions } from '../../../src/server/key-work/lane.ts'

/** See there for what each task does to it. */
const script = new URL('frail-worker.ts', import.meta.url)
const dies: KeyPairSpec = 'RSA_4096'
const waits: KeyPairSpec = 'RSA_3072'
const isDone: KeyPairSpec = 'RSA_2048'

const frailLane = (context: TestContext, options: Partial<LaneOptions> = {}) => {
  const limits = { workersMax: 1, jobsPerWorkerMax: 2, waitingMax: 10, niceness: 0 }
  const lane = new Lane({ ...limits, script, ...options })
  context.after(() => lane.close())
  return {
    close: () => lane.close(),
    run: (spec: KeyPairSpec) => lane.run({ kind: 'generateKeyPair', spec }),
  }
}
const threadEnded = { name: 'Error', message: 'a thread ended before its work was done' }

suite('a thread that dies', () => {
  test('fails the task that it was at, and another does the tasks behind it', async (context) => {
    const { run } = frailLane(context)
    const outcomes = await Promise.allSettled(
      [dies, isDone, isDone, isDone].map((spec) => run(spec)),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    )
    assert.equal(await run(isDone), true)
  })

  test('fails that task alone, wherever it stands among those that the thread has', async (context) => {
    const { run } = frailLane(context, { jobsPerWorkerMax: 6 })
    const tasks = [isDone, dies, isDone, isDone, dies, isDone]
    const outcomes = await Promise.allSettled(tasks.map((spec) => run(spec)))
    assert.deepEqual(
      outcomes.map(({ status }) => status === 'rejected'),
      tasks.map((spec) => spec === dies),
    )
  })

  test('fails one task each time', async (context) => {
    const { run } = frailLane(context, { workersMax: 2 })
    for (let time = 0; time < 3; time += 1) await assert.rejects(run(dies), threadEnded)
    assert.equal(await run(isDone), true)
  })

  test('before it is ready takes its tasks with it, so that threads are not started for ever', async (context) => {
    const { run } = frailLane(context, { niceness: 1 })
    await Promise.all(
      [isDone, isDone, isDone].map((spec) => assert.rejects(run(spec), threadEnded)),
    )
  })
})

test('a task that cannot be sent fails, and takes no other one’s answer', async (context) => {
  const lane = new Lane({ workersMax: 1, jobsPerWorkerMax: 4, waitingMax: 10, niceness: 0 })
  context.after(() => lane.close())
  const make = (spec: KeyPairSpec) => lane.run({ kind: 'generateKeyPair', spec })
  const uncloneable = { kind: 'generateKeyPair', spec: () => undefined } as never
  const [first, lost, second] = await Promise.allSettled([
    make('ECC_NIST_P256'),
    lane.run(uncloneable),
    make('ECC_NIST_P384'),
  ])
  assert.match(String(lost.status === 'rejected' && lost.reason), /could not be cloned/)
  assert.equal(lengthOf(first), 65)
  assert.equal(lengthOf(second), 97)
})

/** Of the point in a new pair's public key, which says on which curve it lies. */
const lengthOf = (made: PromiseSettledResult<NewKeyPair>): number => {
  assert.equal(made.status, 'fulfilled')
  const { publicKey } = made.value
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const { x = '' } = key.export({ format: 'jwk' })
  return 2 * Buffer.from(x, 'base64url').length + 1
}

suite('the queue', () => {
  test('refuses more than may wait, and takes tasks again when there is room', async (context) => {
    const { run, close } = frailLane(context, { waitingMax: 2 })
    // Two are sent to the thread, and two wait.
    const held = Promise.allSettled([waits, waits, isDone, isDone].map((spec) => run(spec)))
    await assert.rejects(run(isDone), {
      code: 'ThrottlingException',
      message:
        'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    })
    await close()
    for (const { status } of await held) assert.equal(status, 'rejected')
  })

  test('makes room as tasks are done', async (context) => {
    const { run } = frailLane(context, { waitingMax: 1 })
    for (let time = 0; time < 5; time += 1)
      assert.deepEqual(await Promise.all([run(isDone), run(isDone), run(isDone)]), [
        true,
        true,
        true,
      ])
  })

  test('gives a task to a thread that is free rather than behind one that works', async (context) => {
    const { run, close } = frailLane(context, { workersMax: 2 })
    const held = assert.rejects(run(waits))
    assert.equal(await run(isDone), true)
    assert.equal(await run(isDone), true)
    await close()
    await held
  })
})

suite('a lane that is closed', () => {
  test('fails what is not done, and takes nothing more', async (context) => {
    const { run, close } = frailLane(context, { jobsPerWorkerMax: 1 })
    const held = Promise.allSettled([run(waits), run(isDone)])
    await close()
    assert.deepEqual(
      (await held).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    await assert.rejects(run(isDone), { message: 'the service ends' })
  })

  test('closes without ever having begun, and more than once', async (context) => {
    const { close } = frailLane(context)
    await close()
    await close()
  })
})
