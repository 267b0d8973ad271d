import { createSecretKey } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { EnvelopeError } from '../errors.ts'
import { FrameCipher, frameHeadBytes, frameOverhead, sealedFrameAt } from '../format/frame.ts'
import { suiteById } from '../format/suites.ts'
import type { WorkerReply, WorkerRequest } from './protocol.ts'

/** The thread that encrypts and decrypts slabs; see `protocol.ts` for what they look like. */

type Session = { readonly frames: FrameCipher; readonly frameLength: number }
type Job = Extract<WorkerRequest, { readonly job: number }>
type Opening = Extract<WorkerRequest, { readonly open: number }>

const sessions = new Map<number, Session>()

const reply = (message: WorkerReply): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort?.postMessage(message)
}

const open = ({ open: id, suiteId, messageId, key, frameLength }: Opening): void => {
  const bytes = new Uint8Array(key)
  const suite = suiteById(suiteId)
  if (suite === undefined) throw new TypeError('no such suite')
  const imported = createSecretKey(bytes)
  bytes.fill(0)
  sessions.set(id, { frames: new FrameCipher(suite, imported, messageId), frameLength })
}

const work = ({ session: id, mode, slab, sequence, count }: Job): void => {
  const session = sessions.get(id)
  if (session === undefined) throw new TypeError('no such session')
  const { frames, frameLength } = session
  const bytes = new Uint8Array(slab)
  const stride = frameLength + frameOverhead
  for (let index = 0; index < count; index++) {
    const at = index * stride
    if (mode === 'encrypt') {
      const from = at + frameHeadBytes
      const plaintext = bytes.subarray(from, from + frameLength)
      frames.encrypt('regular', sequence + index, plaintext, bytes, at)
    } else {
      // Plaintext never catches up with ciphertext that was not read yet: it is shorter.
      const sealed = sealedFrameAt(bytes, at, frameLength)
      frames.decrypt('regular', sequence + index, sealed, bytes, index * frameLength)
    }
  }
}

const outcomeOf = (request: Job): 'done' | 'unauthentic' | 'failed' => {
  try {
    work(request)
    return 'done'
  } catch (error) {
    return error instanceof EnvelopeError ? 'unauthentic' : 'failed'
  }
}

parentPort?.on('message', (request: WorkerRequest) => {
  if ('open' in request) open(request)
  else if ('close' in request) sessions.delete(request.close)
  else reply({ job: request.job, outcome: outcomeOf(request) })
})
reply({ ready: true })
