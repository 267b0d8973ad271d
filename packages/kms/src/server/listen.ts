import type { World } from './call.ts'
import { Front } from './front.ts'
import { createHealth, type Readiness } from './health.ts'
import { defaultHttpLimits, type HttpLimits } from './http/limits.ts'
import { createListener, type Transport } from './http/listener.ts'
import { type Log, rateLimited } from './log.ts'
import type { Answering } from './pipeline.ts'
import { servedServices } from './served.ts'
import { listenForXks, type XksProxyOptions } from './xks-proxy/listen.ts'

/** Where a process listens, and how. */
export type ListenOptions = {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Absent: keys of others are not kept here. */
  readonly xksProxy?: XksProxyOptions | undefined
  readonly httpTransport?: Transport | undefined
  readonly limits?: Partial<HttpLimits> | undefined
  readonly log: Log
}

export type Address = { readonly host: string; readonly port: number }

/** Where a service is found. */
export type Addresses = {
  readonly address: Address
  readonly xksProxyAddress: Address | undefined
}

export type Listening = Addresses & {
  /** Answers what is under way, for so long at most. */
  close(graceMs: number): Promise<void>
}

/** Answers requests from now on. Rejects, listening nowhere, if it cannot listen everywhere. */
export const listen = async (
  options: ListenOptions,
  world: World,
  pipeline: Answering,
  readiness: Readiness,
): Promise<Listening> => {
  const { clock, random, regions } = world
  const health = createHealth(readiness)
  const strangers = rateLimited(options.log, 30, () => clock.nowMs())
  const front = new Front({ world, services: servedServices, regions, pipeline, log: strangers })
  const listener = await createListener({
    host: options.host,
    port: options.port,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    transport: options.httpTransport,
    limits: { ...defaultHttpLimits, ...options.limits },
    clock,
    mayRead: (headers, address) => front.mayRead(headers, address),
    onRequest: (request) => front.answer(request),
    onGet: (path) => health.page(path),
    onRefused: (reason) => {
      // The front has said so already, and said more.
      if (reason !== 'signature') strangers.warn('connection refused', { reason })
    },
    newRequestId: () => random.uuid(),
  }).catch((error: unknown) => {
    throw cannotListen(options, error)
  })
  const { xksProxy, limits } = options
  const xks =
    xksProxy &&
    (await listenForXks(xksProxy, { world, pipeline, regions, limits, log: strangers }).catch(
      async (error: unknown) => {
        await listener.close(0)
        throw cannotListen(xksProxy, error)
      },
    ))
  return {
    address: listener.address,
    xksProxyAddress: xks?.address,
    close: async (graceMs) => {
      await Promise.all([listener.close(graceMs), xks?.close(graceMs)])
    },
  }
}

const cannotListen = ({ host, port }: Address, error: unknown): Error => {
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  const advice = isTaken ? 'something else listens there, choose another --port' : 'not possible'
  const message = `cannot listen on ${host} port ${port}: ${advice}`
  return isTaken ? new Error(message) : new Error(message, { cause: error })
}
