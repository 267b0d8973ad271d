import type { Credentials } from './credentials.ts'
import { jsonProtocol } from './json-protocol.ts'
import type { JsonObject } from './json.ts'
import type { ClientService, EncodedRequest, WireProtocol } from './protocol.ts'
import { defaultAttemptsMax, systemWorld, withRetries, type World } from './retry.ts'
import { signRequest } from './sign.ts'
import { openTransport, type Answer } from './transport.ts'

/**
 * Where and as whom to call. Times are milliseconds (default 60,000; 0 waits for ever), `ca` is a
 * PEM bundle that replaces the system's authorities, `attemptsMax` counts the first attempt too.
 */
export type ClientConfig = {
  /** KMS, unless it is another one. */
  readonly service?: ClientService | undefined
  readonly endpoint: string
  readonly region: string
  /** Asked before each request, so that credentials may expire; `undefined`: nothing is signed. */
  readonly credentials: (() => Promise<Credentials>) | undefined
  readonly ca?: string | undefined
  readonly verifyTls?: boolean | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly readTimeoutMs?: number | undefined
  readonly attemptsMax?: number | undefined
  readonly userAgent?: string | undefined
  readonly world?: World | undefined
  /** Sees every request and answer as it is on the wire; what it shows of them is its own duty. */
  readonly trace?: ((event: TraceEvent) => void) | undefined
}

export type TraceEvent =
  | {
      readonly kind: 'request'
      readonly endpoint: string
      readonly headers: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Answer['headers']
      readonly bytes: number
    }

export type KmsClient = {
  /**
   * Calls an operation by its name in the API and resolves to its answer as it is on the wire; an
   * empty body is `{}`. Throws ServiceError for a fault, TransportError when no answer came.
   */
  call(operation: string, input: JsonObject): Promise<JsonObject>
  /** Closes idle connections. A call that is under way still ends. */
  close(): void
}

const waitDefaultMs = 60_000

const kms = { name: 'kms', protocol: 'json', targetPrefix: 'TrentService.' } as const

// What KMS does not need is loaded by those who call another service.
const protocolOf = async (service: ClientService): Promise<WireProtocol> =>
  service.protocol === 'json'
    ? jsonProtocol(service.targetPrefix)
    : (await import('./query-protocol.ts')).queryProtocol(service)

export const createClient = (config: ClientConfig): KmsClient => {
  const world = config.world ?? systemWorld
  const service = config.service ?? kms
  const transport = openTransport(config.endpoint, {
    connectTimeoutMs: config.connectTimeoutMs ?? waitDefaultMs,
    readTimeoutMs: config.readTimeoutMs ?? waitDefaultMs,
    ca: config.ca,
    verifyTls: config.verifyTls ?? true,
  })
  const attempt = async ({ headers, body }: EncodedRequest): Promise<Answer> => {
    const credentials = await config.credentials?.()
    const signed =
      credentials === undefined
        ? headers
        : signRequest({
            method: 'POST',
            url: transport.url,
            headers,
            body,
            credentials,
            region: config.region,
            service: service.name,
            nowMs: world.nowMs(),
          })
    const complete = {
      ...signed,
      'content-length': String(body.length),
      'user-agent': config.userAgent ?? 'keyhold',
    }
    config.trace?.({ kind: 'request', endpoint: config.endpoint, headers: complete })
    const answer = await transport.post(complete, body)
    config.trace?.({
      kind: 'answer',
      status: answer.status,
      headers: answer.headers,
      bytes: answer.body.length,
    })
    return answer
  }
  return {
    call: async (operation, input) => {
      const protocol = await protocolOf(service)
      const request = protocol.encode(operation, input)
      return withRetries(
        async () => protocol.read(operation, await attempt(request)),
        config.attemptsMax ?? defaultAttemptsMax,
        world,
      )
    },
    close: () => {
      transport.close()
    },
  }
}
