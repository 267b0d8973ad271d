import { parentPort, workerData } from 'node:worker_threads'
import type {
  WorkerOptions,
  WorkReply,
  WorkRequest,
} from '../../../src/server/key-work/messages.ts'

// A thread that dies when it is to make an RSA_4096 pair, waits when it is to make an RSA_3072 one,
// and otherwise answers true. With a niceness of 1 it dies before it is ready.

const { niceness, begun } = workerData as WorkerOptions
if (niceness === 1) process.exit(1)

parentPort?.on('message', (task: WorkRequest) => {
  Atomics.add(begun, 0, 1)
  const spec = task.kind === 'generateKeyPair' ? task.spec : undefined
  if (spec === 'RSA_4096') process.exit(1)
  if (spec === 'RSA_3072') return
  parentPort?.postMessage([{ kind: 'done', result: true }] satisfies WorkReply, [])
})
parentPort?.postMessage('ready' satisfies WorkReply, [])
