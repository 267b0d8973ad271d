import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import { base64, refused, succeeded } from '../expect.ts'
import { serveChild } from '../serve-child.ts'
import { isRunning, newDirectory, pidOf, type Scene, startWorkers, until } from './scene.ts'

const newKey = async ({ workers }: Scene): Promise<string> => {
  const { KeyMetadata } = succeeded(await workers[0]!.call('CreateKey', {}))
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

describe('a worker process', () => {
  it('that is killed is replaced, and the others answer meanwhile', async () => {
    await using scene = await startWorkers()
    const KeyId = await newKey(scene)
    const input = { KeyId, Plaintext: base64('text') }
    const [one] = scene.workers
    const before = pidOf(scene, 2)
    process.kill(before, 'SIGKILL')
    succeeded(await one!.call('Encrypt', input))
    // A change does not wait for who is gone.
    succeeded(await one!.call('DisableKey', { KeyId }))
    await until(() => pidOf(scene, 2) !== before)
    for (const { call } of await scene.connect())
      refused(await call('Encrypt', input), 'DisabledException', /is disabled\.$/)
    succeeded(await one!.call('EnableKey', { KeyId }))
    for (const { call } of await scene.connect()) succeeded(await call('Encrypt', input))
    const ended = scene.child.log.find(({ event }) => event === 'worker ended')
    assert.deepEqual([ended?.['worker'], ended?.['signal']], [2, 'SIGKILL'])
  })

  it('that stands still keeps no change waiting for long, and does not answer by what was', async () => {
    await using scene = await startWorkers()
    const KeyId = await newKey(scene)
    const [one, two] = scene.workers
    const before = pidOf(scene, 2)
    process.kill(before, 'SIGSTOP')
    // Sent while the key is enabled, to who would answer it so when he goes on.
    const late = two!.call('Encrypt', { KeyId, Plaintext: base64('text') })
    const rejected = assert.rejects(late)
    succeeded(await one!.call('DisableKey', { KeyId }))
    assert.equal(isRunning(before), false)
    await rejected
    await until(() => pidOf(scene, 2) !== before)
    for (const { call } of await scene.connect())
      refused(await call('Encrypt', { KeyId, Plaintext: base64('text') }), 'DisabledException', /./)
  })
})

describe('the process that makes changes', () => {
  it('takes the workers along when it is killed, and the next start finds everything', async () => {
    const dataDir = await newDirectory()
    after(() => rm(dataDir, { recursive: true, force: true }))
    let KeyId: string
    {
      await using scene = await startWorkers({ dataDir })
      KeyId = await newKey(scene)
      const pids = [1, 2].map((worker) => pidOf(scene, worker))
      await scene.child.kill('SIGKILL')
      await until(() => !pids.some(isRunning))
    }
    await using scene = await startWorkers({ dataDir, count: 3 })
    for (const { call } of scene.workers)
      succeeded(await call('Encrypt', { KeyId, Plaintext: base64('text') }))
  })

  it('lets calls under way be answered when it is told to stop, and leaves nothing running', async () => {
    await using scene = await startWorkers()
    const KeyId = await newKey(scene)
    const pids = [1, 2].map((worker) => pidOf(scene, worker))
    const [one, two] = scene.workers
    // RSA keys take long to make, in the one process, and signatures a little, in the other.
    const making = one!.call('CreateKey', { KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' })
    const using = two!.call('Encrypt', { KeyId, Plaintext: base64('text') })
    succeeded(await using)
    process.kill(scene.child.pid, 'SIGTERM')
    succeeded(await making)
    assert.deepEqual((await scene.child.ended).code, 0)
    assert.deepEqual(pids.map(isRunning), [false, false])
  })

  it('is asked by the workers whether the service is ready', async () => {
    await using scene = await startWorkers()
    for (const { send } of scene.workers) {
      assert.equal((await send('GET', '/healthz', {}, '')).status, 200)
      assert.deepEqual((await send('GET', '/readyz', {}, '')).json, { status: 'ready' })
    }
    process.kill(scene.child.pid, 'SIGSTOP')
    // An answer serves for a second.
    const asked = async () => (await scene.workers[0]!.send('GET', '/readyz', {}, '')).status
    while ((await asked()) === 200);
    const { json } = await scene.workers[0]!.send('GET', '/readyz', {}, '')
    const reasons = ['the process that makes changes does not answer']
    assert.deepEqual(json, { status: 'not ready', reasons })
    process.kill(scene.child.pid, 'SIGCONT')
  })
})

describe('a start with workers', () => {
  it('is refused where something else listens', async () => {
    await using scene = await startWorkers({ count: 1 })
    const dataDir = await newDirectory()
    after(() => rm(dataDir, { recursive: true, force: true }))
    const { port } = new URL(scene.endpoint)
    const child = serveChild(dataDir, '--workers', '2', '--port', port)
    const { code, stderr } = await child.ended
    assert.notEqual(code, 0)
    assert.match(stderr, /cannot listen on 127\.0\.0\.1 port \d+: something else listens there/)
  })
})
