import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exitCode, type Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'

export type Recorded = {
  readonly operation: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** `body` undefined: an empty body. `drop`: the connection is closed instead of an answer. */
export type Reply = { readonly status?: number; readonly body?: unknown; readonly drop?: true }

/** What an operation answers: always the same, or as the request and its number ask for it. */
export type Table = {
  readonly [operation: string]: Reply | ((body: never, count: number) => Reply)
}

export type FakeService = {
  readonly endpoint: string
  readonly requests: Recorded[]
  close(): Promise<void>
}

/** A server that speaks AWS JSON 1.1, answers from a table and remembers what it was asked. */
export const startFakeService = async (table: Table): Promise<FakeService> => {
  const requests: Recorded[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      requests.push({ operation, headers: request.headers, body })
      const row = table[operation] ?? { status: 400, body: { __type: 'UnknownOperationException' } }
      const reply = typeof row === 'function' ? row(body as never, requests.length) : row
      if (reply.drop === true) {
        request.socket.destroy()
        return
      }
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** An environment in which nothing of the machine that runs the test is found. */
export const bareEnv: Readonly<Record<string, string>> = {
  HOME: '/nonexistent',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'canary-secret-access-key',
  AWS_REGION: 'us-east-1',
  AWS_MAX_ATTEMPTS: '1',
}

/** Runs a command line in this process. */
export const keyhold = async (
  args: readonly string[],
  options: {
    env?: Readonly<Record<string, string | undefined>>
    cwd?: string
    nowMs?: () => number
  } = {},
): Promise<Ran> => {
  const out: string[] = []
  const errors: string[] = []
  const io: Io = {
    stdout: { write: (chunk) => out.push(String(chunk)) },
    stderr: { write: (chunk) => errors.push(String(chunk)) },
    stdin: (async function* () {})(),
    env: options.env ?? bareEnv,
    cwd: options.cwd ?? '/',
    world: { nowMs: options.nowMs ?? Date.now, random: () => 0, sleep: () => Promise.resolve() },
  }
  const code = await main(args, io)
  return { code, stdout: out.join(''), stderr: errors.join('') }
}

/** Runs `keyhold kms` against a service. */
export const kms = (
  service: FakeService,
  args: readonly string[],
  options: Parameters<typeof keyhold>[1] = {},
): Promise<Ran> => keyhold(['kms', '--endpoint-url', service.endpoint, ...args], options)

export { exitCode }
