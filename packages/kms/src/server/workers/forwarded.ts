import { KmsError } from '../../api/errors.ts'
import { unrecognised } from '../../core/identity/principals.ts'
import type { World } from '../call.ts'
import type { Answering } from '../pipeline.ts'
import { serviceOf } from '../scope.ts'
import { servedServices } from '../served.ts'
import type { ForwardedAnswer, ForwardedCall } from './messages.ts'

/**
 * Answers a call whose signature a worker has verified. Who signed it is looked up anew, and again
 * when the change gets its turn: meanwhile he may have lost what he signed with.
 */
export const answerForwarded = async (
  { principals }: Pick<World, 'principals'>,
  pipeline: Answering,
  call: ForwardedCall,
): Promise<ForwardedAnswer> => {
  const { service, accessKeyId, sessionToken, region, ...asked } = call
  const served = serviceOf(servedServices, service)
  try {
    const signer = principals.signer(accessKeyId, sessionToken)
    if (signer === undefined) throw unrecognised()
    const caller = await principals.caller(signer, served.service.identityRegion ?? region)
    const place = { region, account: caller.account }
    return { body: await pipeline.answer({ ...asked, served, caller, signer, place }) }
  } catch (error) {
    if (!(error instanceof KmsError)) throw error
    return { refused: error.code, message: error.message }
  }
}
