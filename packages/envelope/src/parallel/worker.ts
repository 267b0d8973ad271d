import { createSecretKey } from 'node:crypto'
import { type MessagePort, workerData } from 'node:worker_threads'
import { uncleared } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import { FooterSigner, FooterVerifier } from '../format/footer.ts'
import { FrameCipher, frameHeadBytes, frameOverhead, sealedFrameAt } from '../format/frame.ts'
import { suiteById } from '../format/suites.ts'
import type {
  DigestJob,
  FinishJob,
  FramesJob,
  Outcome,
  WorkerReply,
  WorkerRequest,
} from './protocol.ts'

/** The thread that works on slabs; see `protocol.ts` for what they look like. */

type Session = { readonly frames: FrameCipher; readonly frameLength: number }
type Opening = Extract<WorkerRequest, { readonly open: number }>
type DigestOpening = Extract<WorkerRequest, { readonly openDigest: number }>

const sessions = new Map<number, Session>()
const digests = new Map<number, FooterSigner | FooterVerifier>()
const { port } = workerData as { readonly port: MessagePort }

const open = ({ open: id, suiteId, messageId, key, frameLength }: Opening): void => {
  const bytes = new Uint8Array(key)
  const suite = suiteById(suiteId)
  if (suite === undefined) throw new TypeError('no such suite')
  const imported = createSecretKey(bytes)
  bytes.fill(0)
  sessions.set(id, { frames: new FrameCipher(suite, imported, messageId), frameLength })
}

const openDigest = ({ openDigest: id, signature, key }: DigestOpening): void => {
  const Footer = key.type === 'private' ? FooterSigner : FooterVerifier
  digests.set(id, new Footer(signature, key))
}

const work = (job: FramesJob): Uint8Array<ArrayBuffer> => {
  const session = sessions.get(job.session)
  if (session === undefined) throw new TypeError('no such session')
  const { frames, frameLength } = session
  const { sequence, count } = job
  const slab = new Uint8Array(job.slab)
  const stride = frameLength + frameOverhead
  const isPlain = job.mode === 'encrypt'
  const out = memory(job.spare, count * (isPlain ? stride : frameLength))
  try {
    for (let index = 0; index < count; index++) {
      const at = index * stride
      if (isPlain) {
        const from = at + frameHeadBytes
        const plaintext = slab.subarray(from, from + frameLength)
        frames.encrypt('regular', sequence + index, plaintext, out, at)
      } else {
        const sealed = sealedFrameAt(slab, at, frameLength)
        frames.decrypt('regular', sequence + index, sealed, out, index * frameLength)
      }
    }
    return out
  } catch (error) {
    out.fill(0)
    throw error
  }
}

const memory = (spare: ArrayBuffer | undefined, length: number): Uint8Array<ArrayBuffer> =>
  spare === undefined ? uncleared(length) : new Uint8Array(spare, 0, length)

const digest = ({ digest: id, slab, bytes }: DigestJob): Uint8Array<ArrayBuffer> => {
  digests.get(id)?.update(new Uint8Array(slab, 0, bytes))
  return new Uint8Array(slab)
}

const finish = ({ finish: id, signature }: FinishJob): Uint8Array<ArrayBuffer> => {
  const footer = digests.get(id)
  digests.delete(id)
  if (footer === undefined) throw new TypeError('no such digest')
  return new Uint8Array(footer.finish(signature) ?? [])
}

const outcomeOf = (attempt: () => Outcome): Outcome => {
  try {
    return attempt()
  } catch (error) {
    return error instanceof EnvelopeError ? 'unauthentic' : 'failed'
  }
}

const answer = (job: number, outcome: Outcome): void => {
  const transferred = typeof outcome === 'string' ? [] : [outcome.buffer]
  port.postMessage({ job, outcome } satisfies WorkerReply, transferred)
}

port.on('message', (request: WorkerRequest) => {
  if ('open' in request) open(request)
  else if ('openDigest' in request) openDigest(request)
  else if ('close' in request) {
    sessions.delete(request.close)
    digests.delete(request.close)
  } else if ('session' in request)
    answer(
      request.job,
      outcomeOf(() => work(request)),
    )
  else if ('digest' in request)
    answer(
      request.job,
      outcomeOf(() => digest(request)),
    )
  else
    answer(
      request.job,
      outcomeOf(() => finish(request)),
    )
})
port.postMessage({ ready: true } satisfies WorkerReply, [])
