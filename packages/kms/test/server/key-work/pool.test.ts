import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  verify,
} from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { suite, test, type TestContext } from 'node:test'
import { type KeyTask, runKeyTask } from '../../../src/core/crypto/asymmetric/key-task.ts'
import { KeyWorkPool, type PoolOptions } from '../../../src/server/key-work/pool.ts'

const poolFor = (context: TestContext, options: Partial<PoolOptions> = {}): KeyWorkPool => {
  const pool = new KeyWorkPool({ cpus: 2, ...options })
  context.after(() => pool.close())
  return pool
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const peer = new Uint8Array(other.publicKey.export({ format: 'der', type: 'spki' }))
const agree = { kind: 'deriveSharedSecret', privateKey: p384.privateKey, peer } as const
const agreed = new Uint8Array(runKeyTask(agree) ?? [])

suite('the threads', () => {
  test('give what the calling thread would', async (context) => {
    const pool = poolFor(context)
    assert.deepEqual(await pool.run(agree), agreed)
    assert.equal(await pool.run({ ...agree, peer: peer.subarray(1) }), undefined)
  })

  test('sign with a key that is told to them for each task', async (context) => {
    const message = randomBytes(100)
    const signature = await poolFor(context).run({
      kind: 'sign',
      privateKey: rsa.privateKey,
      algorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      messageType: 'RAW',
      message,
      entropy: randomBytes(64),
    })
    assert.ok(verify('sha256', message, rsa.publicKey, signature))
  })

  test('generate key pairs', async (context) => {
    const { privateKey, publicKey } = await poolFor(context).generateKeyPair('RSA_2048')
    const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
    assert.deepEqual(new Uint8Array(spki), publicKey)
  })

  test('are told the bytes of a task and nothing beside them, and leave them as they are', async (context) => {
    const around = Buffer.concat([randomBytes(50), peer, randomBytes(50)])
    const before = Buffer.from(around)
    const view = around.subarray(50, -50)
    assert.deepEqual(await poolFor(context).run({ ...agree, peer: view }), agreed)
    assert.deepEqual(around, before)
  })

  test('fail a task that makes no sense, and go on', async (context) => {
    const pool = poolFor(context)
    const nonsense = { kind: 'generateKeyPair', spec: 'RSA_1' } as unknown as KeyTask
    await assert.rejects(async () => pool.run({ ...agree, privateKey: rsa.privateKey }), {
      name: 'Error',
    })
    await assert.rejects(async () => pool.run(nonsense))
    assert.ok(await pool.run(agree))
  })

  test('have a lower priority than the process, where threads have one each', async (context) => {
    const pool = poolFor(context)
    await Promise.all([pool.run(agree), pool.generateKeyPair('ECC_NIST_P384')])
    if (process.platform !== 'linux') return
    const niceness = readdirSync('/proc/self/task').map((id) => {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
      // proc(5): nice is the 19th field; those after the name, in parentheses, begin with the third.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
    const own = Math.min(...niceness)
    assert.ok(niceness.includes(Math.min(19, own + 10)), String(niceness))
    assert.ok(niceness.includes(Math.min(19, own + 15)), String(niceness))
  })
})

suite('the pool', () => {
  test('starts no thread for what is brief', async (context) => {
    const pool = poolFor(context, { waitingMax: 0, generatingMax: 0 })
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    assert.ok(await pool.run({ kind: 'deriveSharedSecret', privateKey, peer: spki }))
    assert.ok(await pool.generateKeyPair('ECC_NIST_EDWARDS25519'))
    assert.ok(await pool.generateKeyPair('ML_KEM_768'))
    await assert.rejects(pool.run(agree), { code: 'ThrottlingException' })
    await assert.rejects(pool.generateKeyPair('RSA_2048'), { code: 'ThrottlingException' })
  })

  test('goes on working with keys while pairs are generated', async (context) => {
    const pool = poolFor(context)
    let isGenerated = false
    const generated = Promise.allSettled(
      Array.from({ length: 4 }, () => pool.generateKeyPair('RSA_4096')),
    ).then(() => (isGenerated = true))
    await pool.run(agree)
    assert.equal(isGenerated, false)
    await pool.close()
    await generated
  })

  test('keeps the process alive while it works, and not when it has nothing to do', () => {
    const url = new URL('../../../src/server/key-work/pool.ts', import.meta.url)
    const script = `
      import { KeyWorkPool } from '${url.href}'
      const pool = new KeyWorkPool({ cpus: 2 })
      const { privateKey } = await pool.generateKeyPair('RSA_2048')
      process.stdout.write(String(privateKey.length > 1000))
    `
    const args = ['--input-type=module', '--eval', script]
    const { status, stdout } = spawnSync(process.execPath, args, { timeout: 60_000 })
    assert.deepEqual([status, String(stdout)], [0, 'true'])
  })
})
