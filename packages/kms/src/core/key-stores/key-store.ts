import type { connectionStateShape } from '../../api/key-store-members.ts'
import { KmsError } from '../../api/errors.ts'
import type { Random } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import { BackendError, type KeyStoreBackend, type OpenBackend } from './backend.ts'
import {
  type ConnectionErrorCode,
  connectionErrorCodeOf,
  failureAnswer,
  isCallersFault,
  notConnectedText,
} from './failures.ts'
import { type KeyStoreRecord, unwrapKeyStoreSecret } from './record.ts'

export type ConnectionState = (typeof connectionStateShape.values)[number]

/** What happens to a connection by itself, for the operator's log. */
export type KeyStoreEvent = {
  readonly name:
    | 'key store connected'
    | 'key store connection failed'
    | 'key store request failed'
    | 'key store unhealthy'
    | 'key store healthy'
  readonly customKeyStoreId: string
  readonly region: string
  readonly account: string
  readonly errorCode?: ConnectionErrorCode
  readonly error?: unknown
}

export type KeyStoreWorld = {
  readonly hierarchy: Hierarchy
  readonly random: Random
  readonly open: OpenBackend
  readonly onEvent: (event: KeyStoreEvent) => void
}

/** Whether a key is used, or made: what goes wrong has another code then. */
type Purpose = 'asUse' | 'asNewKey'

/** A custom key store as it is now: its record, and what became of connecting it. */
export class KeyStore {
  readonly #world: KeyStoreWorld
  #record: KeyStoreRecord
  #state: ConnectionState = 'DISCONNECTED'
  #errorCode: ConnectionErrorCode | undefined
  #backend: KeyStoreBackend | undefined
  #isHealthy = true
  /** Grows with every change of mind: what an older attempt comes to does not count. */
  #turn = 0
  /** Everything that was begun and not waited for. Never rejects. */
  #underWay: Promise<void> = Promise.resolve()

  constructor(record: KeyStoreRecord, world: KeyStoreWorld) {
    this.#record = record
    this.#world = world
  }

  get record(): KeyStoreRecord {
    return this.#record
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Why it is FAILED. */
  get errorCode(): ConnectionErrorCode | undefined {
    return this.#state === 'FAILED' ? this.#errorCode : undefined
  }

  /**
   * Connects as the row says, at the start of the service. Until `close` it stays CONNECTING: a
   * service that starts before what backs its stores must not need anyone's help. `reconnect` tries
   * again.
   */
  start(): void {
    if (this.#record.isConnected) this.#connect('keep trying')
  }

  /** Tries again, where the start of the service has not succeeded yet. */
  retry(): void {
    if (this.#state === 'CONNECTING' && this.#backend === undefined) this.#connect('keep trying')
  }

  /** To be called with the row once a change of it is durable. */
  follow(record: KeyStoreRecord): void {
    const before = this.#record
    this.#record = record
    if (!record.isConnected) {
      if (before.isConnected) this.#disconnect()
    } else if (!before.isConnected) this.#connect('once')
    else if (this.#backend !== undefined && isElsewhere(before, record)) this.#replaceBackend()
  }

  /**
   * What the backend made of some work for a key of this store, or KmsError: the answer for a use
   * of the key, or for the making of one.
   */
  async use<T>(purpose: Purpose, work: (backend: KeyStoreBackend) => Promise<T>): Promise<T> {
    const backend = this.requireConnected(purpose)
    try {
      return await work(backend)
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      if (!isCallersFault(error)) this.#tell('key store request failed', error)
      throw failureAnswer(error, purpose)
    }
  }

  /** Throws KmsError unless the store is connected. */
  requireConnected(purpose: Purpose): KeyStoreBackend {
    const backend = this.#state === 'CONNECTED' ? this.#backend : undefined
    if (backend === undefined) throw notConnected(this.#record, purpose)
    return backend
  }

  /**
   * Destroys a key that the backend made, if it can once no connection is being made: what is left
   * behind is of no use.
   */
  async destroyKey(keyId: string): Promise<void> {
    await this.#underWay
    const backend = this.#state === 'CONNECTED' ? this.#backend : undefined
    const error = await failureOf(async () => backend?.destroyKey?.(keyId))
    if (error !== undefined) this.#tell('key store request failed', error)
  }

  /** Looks after the backend of a store that is connected. It stays connected, as AWS's do. */
  async checkHealth(): Promise<void> {
    const backend = this.#backend
    if (this.#state !== 'CONNECTED' || backend === undefined) return
    const error = await failureOf(() =>
      backend.check({ operation: 'KmsHealthCheck', requestId: this.#world.random.uuid() }),
    )
    if (backend !== this.#backend || this.#isHealthy === (error === undefined)) return
    this.#isHealthy = error === undefined
    if (error === undefined) this.#tell('key store healthy')
    else this.#tell('key store unhealthy', error)
  }

  /** Lets go of the backend; resolves when nothing is under way any more. */
  close(): Promise<void> {
    this.#disconnect()
    return this.#underWay
  }

  #connect(how: 'once' | 'keep trying'): void {
    this.#turn += 1
    this.#state = 'CONNECTING'
    this.#run(() => this.#attempt(this.#turn, how))
  }

  async #attempt(turn: number, how: 'once' | 'keep trying'): Promise<void> {
    const error = await failureOf(async () => {
      this.#backend = this.#open()
      const requestId = this.#world.random.uuid()
      await this.#backend.check({ operation: 'ConnectCustomKeyStore', requestId })
    })
    if (turn !== this.#turn) return
    if (error === undefined) {
      this.#state = 'CONNECTED'
      this.#isHealthy = true
      this.#tell('key store connected')
      return
    }
    const failed = this.#backend
    this.#backend = undefined
    if (how === 'once') this.#state = 'FAILED'
    this.#tell('key store connection failed', error)
    await failed?.close()
  }

  #disconnect(): void {
    this.#turn += 1
    const turn = this.#turn
    const backend = this.#backend
    this.#backend = undefined
    this.#state = backend === undefined ? 'DISCONNECTED' : 'DISCONNECTING'
    if (backend === undefined) return
    this.#run(async () => {
      await backend.close()
      if (turn === this.#turn) this.#state = 'DISCONNECTED'
    })
  }

  /** A new credential or path, which was tried before the row was changed. */
  #replaceBackend(): void {
    const before = this.#backend
    this.#backend = this.#open()
    if (before !== undefined) this.#run(() => before.close())
  }

  #open(): KeyStoreBackend {
    return this.#world.open(this.#record, unwrapKeyStoreSecret(this.#record, this.#world.hierarchy))
  }

  #run(work: () => Promise<void>): void {
    this.#underWay = Promise.all([this.#underWay, work()]).then(() => undefined)
  }

  #tell(name: KeyStoreEvent['name'], error?: unknown): void {
    const { id: customKeyStoreId, region, account } = this.#record
    const told = { name, customKeyStoreId, region, account }
    if (error === undefined) return this.#world.onEvent(told)
    const errorCode =
      error instanceof BackendError ? connectionErrorCodeOf(error) : 'INTERNAL_ERROR'
    if (this.#state !== 'CONNECTED') this.#errorCode = errorCode
    this.#world.onEvent({ ...told, errorCode, error })
  }
}

const failureOf = async (work: () => Promise<void>): Promise<unknown> => {
  try {
    await work()
    return undefined
  } catch (error) {
    return error ?? new Error('no reason given')
  }
}

/** Whether the same backend would not do any more. */
const isElsewhere = (before: KeyStoreRecord, after: KeyStoreRecord): boolean =>
  before.wrapped !== after.wrapped ||
  JSON.stringify({ ...before, name: '' }) !== JSON.stringify({ ...after, name: '' })

const notConnected = ({ type }: KeyStoreRecord, purpose: Purpose): KmsError =>
  new KmsError(
    purpose === 'asUse' ? 'KMSInvalidStateException' : 'CustomKeyStoreInvalidStateException',
    notConnectedText(type),
  )
