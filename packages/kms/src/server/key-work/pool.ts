import type { KeyPairSpec, NewKeyPair } from '../../core/crypto/asymmetric/key-pairs.ts'
import {
  isBriefTask,
  type KeyTask,
  type KeyTaskResult,
  runKeyTask,
} from '../../core/crypto/asymmetric/key-task.ts'
import type { KeyWork } from '../../core/ports.ts'
import { Lane } from './lane.ts'

export type PoolOptions = {
  /** CPUs that the process may use. One is left to the thread that answers requests. */
  readonly cpus: number
  readonly waitingMax?: number
  readonly generatingMax?: number
}

/** At 5 ms each, which is what an RSA_4096 signature takes, these wait for some seconds. */
const waitingMax = 1024
/** RSA_4096 pairs take about a second each; AWS itself lets an account have one in ten seconds. */
const generatingMax = 32

const usingNiceness = 10
/** Whoever has a key and waits for a signature goes before whoever makes a new one. */
const generatingNiceness = 15

/**
 * Work with private keys on threads of their own, at low priority, so that requests of other kinds
 * are answered as fast as ever. What is brief is done at once on the calling thread. Generating has
 * one more thread to itself, for a single RSA key takes as long as hundreds of signatures.
 */
export class KeyWorkPool implements KeyWork {
  readonly #using: Lane
  readonly #generating: Lane

  constructor(options: PoolOptions) {
    this.#using = new Lane({
      workersMax: Math.max(1, options.cpus - 1),
      // Some milliseconds of the quickest work: a thread need not wait for this one to hear of an answer.
      jobsPerWorkerMax: 16,
      waitingMax: options.waitingMax ?? waitingMax,
      niceness: usingNiceness,
    })
    this.#generating = new Lane({
      workersMax: 1,
      jobsPerWorkerMax: 1,
      waitingMax: options.generatingMax ?? generatingMax,
      niceness: generatingNiceness,
    })
  }

  async run<Task extends KeyTask>(task: Task): Promise<KeyTaskResult<Task>> {
    if (isBriefTask(task)) return runKeyTask(task)
    const lane = task.kind === 'generateKeyPair' ? this.#generating : this.#using
    return lane.run(task)
  }

  generateKeyPair(spec: KeyPairSpec): Promise<NewKeyPair> {
    return this.run({ kind: 'generateKeyPair', spec })
  }

  /** Ends the threads, whatever they are at; what they have not done fails. */
  async close(): Promise<void> {
    await Promise.all([this.#using.close(), this.#generating.close()])
  }
}
