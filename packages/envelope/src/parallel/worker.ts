import { createSecretKey } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { uncleared } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import { FrameCipher, frameHeadBytes, frameOverhead, sealedFrameAt } from '../format/frame.ts'
import { suiteById } from '../format/suites.ts'
import type { Outcome, WorkerReply, WorkerRequest } from './protocol.ts'

/** The thread that encrypts and decrypts slabs; see `protocol.ts` for what they look like. */

type Session = { readonly frames: FrameCipher; readonly frameLength: number }
type Job = Extract<WorkerRequest, { readonly job: number }>
type Opening = Extract<WorkerRequest, { readonly open: number }>

const sessions = new Map<number, Session>()

const open = ({ open: id, suiteId, messageId, key, frameLength }: Opening): void => {
  const bytes = new Uint8Array(key)
  const suite = suiteById(suiteId)
  if (suite === undefined) throw new TypeError('no such suite')
  const imported = createSecretKey(bytes)
  bytes.fill(0)
  sessions.set(id, { frames: new FrameCipher(suite, imported, messageId), frameLength })
}

const work = ({ session: id, mode, slab, sequence, count }: Job): Uint8Array<ArrayBuffer> => {
  const session = sessions.get(id)
  if (session === undefined) throw new TypeError('no such session')
  const { frames, frameLength } = session
  const bytes = new Uint8Array(slab)
  const stride = frameLength + frameOverhead
  const out = uncleared(count * (mode === 'encrypt' ? stride : frameLength))
  try {
    for (let index = 0; index < count; index++) {
      const at = index * stride
      if (mode === 'encrypt') {
        const from = at + frameHeadBytes
        const plaintext = bytes.subarray(from, from + frameLength)
        frames.encrypt('regular', sequence + index, plaintext, out, at)
      } else {
        const sealed = sealedFrameAt(bytes, at, frameLength)
        frames.decrypt('regular', sequence + index, sealed, out, index * frameLength)
      }
    }
    return out
  } catch (error) {
    out.fill(0)
    throw error
  } finally {
    if (mode === 'encrypt') bytes.fill(0, 0, count * stride)
  }
}

const outcomeOf = (request: Job): Outcome => {
  try {
    return work(request)
  } catch (error) {
    return error instanceof EnvelopeError ? 'unauthentic' : 'failed'
  }
}

const answer = (job: number, outcome: Outcome): void => {
  const transferred = typeof outcome === 'string' ? [] : [outcome.buffer]
  parentPort?.postMessage({ job, outcome } satisfies WorkerReply, transferred)
}

parentPort?.on('message', (request: WorkerRequest) => {
  if ('open' in request) open(request)
  else if ('close' in request) sessions.delete(request.close)
  else answer(request.job, outcomeOf(request))
})
parentPort?.postMessage({ ready: true } satisfies WorkerReply, [])
