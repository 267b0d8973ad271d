import { KmsError } from '../../api/errors.ts'
import type { Answering, SignedCall } from '../pipeline.ts'
import type { ForwardedAnswer, ForwardedCall } from './messages.ts'

/**
 * The pipeline of a worker process: uses of keys and whatever else only reads are answered here, what
 * changes the state by the one process that writes.
 */
export const forwardChanges = (
  own: Answering,
  forward: (call: ForwardedCall) => Promise<ForwardedAnswer>,
): Answering => ({
  answer: async (signed) => {
    const { served, signer } = signed
    const { name } = served.protocol.ask(signed)
    const row = Object.hasOwn(served.operations, name) ? served.operations[name] : undefined
    // Whatever changes something is signed: the one call that is not makes credentials, no rows.
    if (row?.changes !== true || signer === undefined) return own.answer(signed)
    const answer = await forward(forwardedCall(signed, signer))
    if ('refused' in answer) throw new KmsError(answer.refused, answer.message)
    return answer.body
  },
})

const forwardedCall = (
  signed: SignedCall,
  { accessKeyId, sessionToken }: NonNullable<SignedCall['signer']>,
): ForwardedCall => ({
  service: signed.served.service.name,
  accessKeyId,
  sessionToken,
  region: signed.place.region,
  target: signed.target,
  contentType: signed.contentType,
  body: signed.body,
  requestId: signed.requestId,
  remoteAddress: signed.remoteAddress,
  userAgent: signed.userAgent,
  tls: signed.tls,
})
