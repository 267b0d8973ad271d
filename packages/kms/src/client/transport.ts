import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { AgentOptions } from 'node:https'
import { TransportError, type TransportFailure } from './errors.ts'

/** How to reach an endpoint. Times are milliseconds; 0 means to wait for ever. */
export type TransportOptions = {
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined
  /** false: any certificate will do. Only for `--no-verify-ssl`. */
  readonly verifyTls: boolean
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

/** POSTs to one endpoint over connections that it keeps open until `close`. */
export type Transport = {
  readonly url: URL
  /** Throws TransportError when no answer comes. */
  post(headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer>
  close(): void
}

// No answer of the API is larger; a runaway server must not fill the memory.
const answerBytesMax = 8 * 1024 * 1024

/** Opens no connection yet. Throws TypeError for a URL that is neither http nor https. */
export const openTransport = (endpoint: string, options: TransportOptions): Transport => {
  const url = new URL(endpoint)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`an endpoint is http or https: ${endpoint}`)
  }
  const secure = url.protocol === 'https:'
  const shown = shownUrl(url)
  // Imported as an ES module, node:http would evaluate every export, and one of them is a getter
  // that loads a whole second HTTP client: 20 ms of each command.
  const http = process.getBuiltinModule(secure ? 'node:https' : 'node:http')
  const agent = new http.Agent(agentOptions(options, secure))
  const request: RequestOptions = {
    method: 'POST',
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    agent,
  }
  return {
    url,
    post: (headers, body) =>
      new Promise((resolve, reject) => {
        const sent = http.request({ ...request, headers: { ...headers } })
        const fail = (failure: TransportFailure, detail: string): void => {
          reject(new TransportError(failure, shown, detail))
          sent.destroy()
        }
        watchConnection(sent, secure, options, fail)
        sent.on('response', (message) => {
          collect(message, fail, resolve)
        })
        sent.end(body)
      }),
    close: () => {
      agent.destroy()
    },
  }
}

const agentOptions = (options: TransportOptions, secure: boolean): AgentOptions => ({
  keepAlive: true,
  ...(secure ? { rejectUnauthorized: options.verifyTls } : {}),
  ...(secure && options.ca !== undefined ? { ca: options.ca } : {}),
})

const shownUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

type Fail = (failure: TransportFailure, detail: string) => void

const watchConnection = (
  sent: ClientRequest,
  secure: boolean,
  options: TransportOptions,
  fail: Fail,
): void => {
  let connected = false
  let timer: NodeJS.Timeout | undefined
  if (options.connectTimeoutMs > 0) {
    timer = setTimeout(() => {
      fail('connectTimeout', `no connection within ${options.connectTimeoutMs} ms`)
    }, options.connectTimeoutMs)
  }
  const onConnected = (): void => {
    connected = true
    clearTimeout(timer)
    if (options.readTimeoutMs > 0) {
      sent.setTimeout(options.readTimeoutMs, () => {
        fail('readTimeout', `no answer within ${options.readTimeoutMs} ms`)
      })
    }
  }
  sent.on('socket', (socket) => {
    if (!socket.connecting) onConnected()
    else socket.once(secure ? 'secureConnect' : 'connect', onConnected)
  })
  sent.on('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(timer)
    const code = error.code ?? ''
    if (connected) fail('closed', code)
    else fail(isTlsCode(code) ? 'tls' : 'connect', code === '' ? error.message : code)
  })
  sent.on('close', () => {
    clearTimeout(timer)
  })
}

// OpenSSL's verification results and Node's own, against the system's E-names of a connection.
const isTlsCode = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO$)/.test(code)

const collect = (message: IncomingMessage, fail: Fail, done: (answer: Answer) => void): void => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  message.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    if (bytes > answerBytesMax) fail('closed', 'the answer is too large')
    else chunks.push(chunk)
  })
  message.on('aborted', () => {
    fail('closed', 'the answer broke off')
  })
  message.on('end', () => {
    done({
      status: message.statusCode ?? 0,
      headers: message.headers,
      body: Buffer.concat(chunks, bytes),
    })
  })
}
