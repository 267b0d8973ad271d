import { parentPort, workerData } from 'node:worker_threads'
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

const outcomeOf = ({ task }: WorkRequest): Detached<WorkOutcome> => {
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

const serve = (port: NonNullable<typeof parentPort>, { niceness }: WorkerOptions): void => {
  lowerOwnPriority(niceness)
  port.on('message', (request: WorkRequest) => {
    const { value: outcome, memory } = outcomeOf(request)
    port.postMessage({ id: request.id, outcome } satisfies WorkReply, memory)
  })
  // A task that cannot be read is one that is never answered: who waits for it hears of the end.
  port.on('messageerror', (error) => {
    throw error
  })
  port.postMessage({ ready: true } satisfies WorkReply)
}

if (parentPort !== null) serve(parentPort, workerData as WorkerOptions)
