import { KmsError } from '../api/errors.ts'
import type { Caller } from '../core/identity/caller.ts'
import type { Signer } from '../core/identity/principals.ts'
import type { RawResponse } from './http/answers.ts'
import type { AdmittedRequest } from './http/listener.ts'
import type { Answering } from './pipeline.ts'
import type { Message } from './protocols.ts'
import type { Served } from './served.ts'

/** A call of which is known who makes it, of which service, and in which Region. */
export type Known = {
  readonly served: Served
  readonly caller: Caller
  readonly signer: Signer | undefined
  readonly region: string
}

/** Has the pipeline answer a call of a known caller, in the words of the service's protocol. */
export const answerKnown = (
  pipeline: Answering,
  request: AdmittedRequest,
  message: Message,
  { served, caller, signer, region }: Known,
): Promise<RawResponse> => {
  const { headers, tls, requestId } = request
  const call = {
    ...message,
    served,
    caller,
    signer,
    place: { region, account: caller.account },
    requestId,
    remoteAddress: request.remoteAddress,
    userAgent: headers.get('user-agent') ?? '',
    tls: tls && {
      version: tls.version,
      cipherSuite: tls.cipher,
      host: headers.get('host') ?? '',
    },
  }
  return pipeline.answer(call).then(
    (body = '') => ({ status: 200, headers: served.protocol.headers, body }),
    (error: unknown) => {
      if (!(error instanceof KmsError)) throw error
      return served.protocol.refuse(error, requestId)
    },
  )
}
