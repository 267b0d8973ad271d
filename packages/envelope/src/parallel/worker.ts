import { createSecretKey } from 'node:crypto'
import { type MessagePort, workerData } from 'node:worker_threads'
import { uncleared } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import { FooterSigner, FooterVerifier } from '../format/footer.ts'
import { FrameCipher, frameHeadBytes, frameOverhead, sealedFrameAt } from '../format/frame.ts'
import { FrameRun, isRun } from '../format/frame-run.ts'
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
type Pieces = readonly Uint8Array<ArrayBuffer>[]

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

const work = (job: FramesJob): Pieces => {
  const session = sessions.get(job.session)
  if (session === undefined) throw new TypeError('no such session')
  const bytes = new Uint8Array(job.slab)
  try {
    return job.mode === 'encrypt' ? encrypt(session, job, bytes) : decrypt(session, job, bytes)
  } finally {
    const stride = session.frameLength + frameOverhead
    if (job.mode === 'encrypt') bytes.fill(0, 0, job.count * stride)
  }
}

const encrypt = (
  { frames, frameLength }: Session,
  { sequence, count }: FramesJob,
  slab: Uint8Array,
): Pieces => {
  const stride = frameLength + frameOverhead
  const plaintextAt = (index: number): Uint8Array => {
    const from = index * stride + frameHeadBytes
    return slab.subarray(from, from + frameLength)
  }
  if (isRun(frameLength)) {
    const run = new FrameRun(frames, count)
    for (let index = 0; index < count; index++) run.encrypt(sequence + index, plaintextAt(index))
    return run.take()
  }
  const out = uncleared(count * stride)
  for (let index = 0; index < count; index++)
    frames.encrypt('regular', sequence + index, plaintextAt(index), out, index * stride)
  return [out]
}

const decrypt = (
  { frames, frameLength }: Session,
  { sequence, count }: FramesJob,
  slab: Uint8Array,
): Pieces => {
  const stride = frameLength + frameOverhead
  const sealedAt = (index: number) => sealedFrameAt(slab, index * stride, frameLength)
  if (isRun(frameLength)) {
    const run = new FrameRun(frames, 0)
    for (let index = 0; index < count; index++) run.decrypt(sequence + index, sealedAt(index))
    return run.take()
  }
  const out = uncleared(count * frameLength)
  try {
    for (let index = 0; index < count; index++)
      frames.decrypt('regular', sequence + index, sealedAt(index), out, index * frameLength)
    return [out]
  } catch (error) {
    out.fill(0)
    throw error
  }
}

const digest = ({ digest: id, slab, bytes }: DigestJob): Pieces => {
  digests.get(id)?.update(new Uint8Array(slab, 0, bytes))
  return []
}

const finish = ({ finish: id, signature }: FinishJob): Pieces => {
  const footer = digests.get(id)
  digests.delete(id)
  if (footer === undefined) throw new TypeError('no such digest')
  const made = footer.finish(signature)
  return made === undefined ? [] : [new Uint8Array(made)]
}

const outcomeOf = (attempt: () => Outcome): Outcome => {
  try {
    return attempt()
  } catch (error) {
    return error instanceof EnvelopeError ? 'unauthentic' : 'failed'
  }
}

const answer = (job: number, outcome: Outcome): void => {
  const pieces = typeof outcome === 'string' ? [] : outcome
  const buffers = [...new Set(pieces.map(({ buffer }) => buffer))]
  port.postMessage({ job, outcome } satisfies WorkerReply, buffers)
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
