import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BackendError } from '../../core/key-stores/backend.ts'
import type { TokenPlace, TokenReply, TokenRequest, TokenTask } from './messages.ts'

// `new URL` is not rewritten by the compiler, so the built file has to name the built one.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const program = fileURLToPath(new URL(`./token-process.${extension}`, import.meta.url))

/** How long a task may take, whatever waits before it. */
const defaultTaskMs = 5_000
const waitingMax = 1_000

type Waiting = {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: BackendError) => void
  readonly timer: NodeJS.Timeout
}

/** The session was lost: whoever has the password may log in and try once more. */
export class SessionLostError extends BackendError {}

/**
 * The service's side of a process that has loaded a PKCS #11 module. It is started by the first
 * task; when it dies, or does not answer in time and is killed, what was asked of it fails and the
 * next task starts another.
 */
export class TokenChannel {
  readonly #place: TokenPlace
  readonly #taskMs: number
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | undefined
  #newestId = 0
  #isClosed = false

  /** `taskMs`: for tests alone, which cannot wait. */
  constructor(place: TokenPlace, taskMs = defaultTaskMs) {
    this.#place = place
    this.#taskMs = taskMs
  }

  /** Whether the process that answered last still runs: a new one has nobody logged in. */
  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Rejects with BackendError alone. */
  ask(task: TokenTask): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(failed('the token was let go of'))
    if (this.#waiting.size >= waitingMax) return Promise.reject(failed('too much waits for it'))
    const child = (this.#child ??= this.#start())
    const id = (this.#newestId += 1)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#kill(child), this.#taskMs)
      this.#waiting.set(id, { resolve, reject, timer })
      child.send({ id, task } satisfies TokenRequest, (error) => {
        if (error !== null) this.#end(child, failed('its process cannot be reached', error))
      })
    })
  }

  close(): void {
    this.#isClosed = true
    const child = this.#child
    if (child === undefined) return
    this.#end(child, failed('the token was let go of'))
    child.kill('SIGKILL')
  }

  #start(): ChildProcess {
    const child = fork(program, [JSON.stringify(this.#place)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: withoutSecrets(process.env),
      execArgv: [],
    })
    child.on('message', (reply: TokenReply) => this.#settle(reply))
    child.on('error', (error) => this.#end(child, failed('its process failed', error)))
    child.on('exit', () => this.#end(child, failed('its process ended')))
    child.unref()
    child.channel?.unref()
    return child
  }

  #settle(reply: TokenReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    clearTimeout(waiting?.timer)
    if (!('failure' in reply)) waiting?.resolve(reply.result)
    else {
      const kind = reply.isSessionLost ? SessionLostError : BackendError
      waiting?.reject(new kind(reply.failure, reply.message))
    }
  }

  #kill(child: ChildProcess): void {
    this.#end(child, new BackendError('tokenTimedOut', 'it did not answer in time'))
    child.kill('SIGKILL')
  }

  #end(child: ChildProcess, error: BackendError): void {
    if (this.#child !== child) return
    this.#child = undefined
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
  }
}

const failed = (message: string, cause?: unknown): BackendError =>
  new BackendError('tokenFailed', message, { cause })

/** Modules are set up by variables of their own; credentials are none of their business. */
const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:AWS|KEYHOLD|NODE)_/.test(name)))
