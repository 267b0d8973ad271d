import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { runKeyTask } from '../../core/crypto/asymmetric/key-task.ts'
import { lowerOwnPriority } from './low-priority.ts'
import {
  detach,
  type Detached,
  eraseBytes,
  type WorkerOptions,
  type WorkOutcome,
  type WorkReply,
  type WorkRequest,
} from './messages.ts'

// A thread that works with private keys, so that the one that answers requests need not wait.

const outcomeOf = (task: WorkRequest): Detached<WorkOutcome> => {
  try {
    const result = runKeyTask(task)
    const { value, memory } = detach(result)
    eraseBytes(result)
    return { value: { kind: 'done', result: value }, memory }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { value: { kind: 'failed', message }, memory: [] }
  } finally {
    eraseBytes(task)
  }
}

/** What is done in so short a time is answered together. */
const gatheringMs = 2

/**
 * Does the first task and those that have come meanwhile. The thread that answers requests wakes
 * up for each message, and writes what it does then in one go: few messages make its work cheap.
 */
const workThrough = (
  port: MessagePort,
  begun: WorkerOptions['begun'],
  first: WorkRequest,
): void => {
  let done: WorkOutcome[] = []
  let memory: ArrayBuffer[] = []
  let sinceMs = performance.now()
  const answer = (): void => {
    port.postMessage(done satisfies WorkReply, memory)
    done = []
    memory = []
    sinceMs = performance.now()
  }
  for (let request: WorkRequest | undefined = first; request !== undefined;) {
    Atomics.add(begun, 0, 1)
    const outcome = outcomeOf(request)
    done.push(outcome.value)
    memory.push(...outcome.memory)
    if (performance.now() - sinceMs >= gatheringMs) answer()
    request = receiveMessageOnPort(port)?.message as WorkRequest | undefined
  }
  if (done.length > 0) answer()
}

const serve = (port: MessagePort, { niceness, begun }: WorkerOptions): void => {
  lowerOwnPriority(niceness)
  port.on('message', (request: WorkRequest) => workThrough(port, begun, request))
  // A task that cannot be read is one that is never answered: who waits for it hears of the end.
  port.on('messageerror', (error) => {
    throw error
  })
  port.postMessage('ready' satisfies WorkReply)
}

if (parentPort !== null) serve(parentPort, workerData as WorkerOptions)
