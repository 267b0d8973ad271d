/**
 * An Encryption SDK of another language: one process for all tests, which is asked by a line of JSON
 * and answers by one. Bytes are base64 on the way.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { awsEnv, setting } from '../setting.mjs'

const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const encoded = (input) =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? base64(value) : value,
    ]),
  )

/**
 * Starts the program. Its environment names the service, as a user of the SDK would do it. `limits`
 * tells what the SDK cannot write.
 */
export const startPeer = (name, [program, ...args], region, limits = {}) => {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...awsEnv(region), AWS_ENDPOINT_URL_KMS: setting.plain.endpoint },
  })
  // A program that is gone is told by its exit code.
  child.stdin.on('error', () => {})
  const waiting = new Map()
  const stderr = text(child.stderr)
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  let early
  void ended.then(async (code) => {
    early = new Error(`${name} ended with ${code}: ${await stderr}`)
    for (const { reject } of waiting.values()) reject(early)
    return waiting.clear()
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, answer, fault } = JSON.parse(line)
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (fault === undefined) resolve(answer)
    else reject(new Error(fault))
  })
  let count = 0
  const ask = (operation, input) =>
    new Promise((resolve, reject) => {
      if (early !== undefined) return reject(early)
      const id = (count += 1)
      waiting.set(id, { resolve, reject })
      child.stdin.write(`${JSON.stringify({ id, operation, ...encoded(input) })}\n`)
    })
  return {
    /** The peer, using one of the ways that its SDK has to name wrapping keys. */
    by: (api) =>
      peerOf(`${name}, ${api}`, (operation, input) => ask(operation, { ...input, api }), limits),
    /** Throws unless the program ends by itself, and well. */
    close: async () => {
      child.stdin.end()
      const code = await ended
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${await stderr}`)
    },
  }
}

const peerOf = (name, ask, limits) => ({
  name,
  ...limits,
  encrypt: async ({ suite, ...rest }) => {
    const { message } = await ask('encrypt', { ...rest, suiteId: suite.id, suite: suite.name })
    return new Uint8Array(Buffer.from(message, 'base64'))
  },
  decrypt: async (input) => {
    const { plaintext, context } = await ask('decrypt', input)
    return { plaintext: Buffer.from(plaintext, 'base64'), context }
  },
  createBranchKey: async (input) => (await ask('createBranchKey', input)).branchKeyId,
  versionBranchKey: async (input) => {
    await ask('versionBranchKey', input)
  },
  /** The same, with data keys that are cached. */
  caching: () => {
    const cachedAs = randomUUID()
    return peerOf(`${name}, caching`, (operation, input) => ask(operation, { ...input, cachedAs }))
  },
})
