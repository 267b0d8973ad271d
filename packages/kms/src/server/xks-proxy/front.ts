import { KmsError } from '../../api/errors.ts'
import { type Signer, usedIdOf } from '../../core/identity/principals.ts'
import type { World } from '../call.ts'
import type { RawResponse } from '../http/answers.ts'
import type { AdmittedRequest, HeadVerdict } from '../http/listener.ts'
import { answerKnown } from '../known-call.ts'
import type { Log } from '../log.ts'
import type { Answering } from '../pipeline.ts'
import type { Served } from '../served.ts'
import type { Headers } from '../sigv4/request.ts'
import { SigV4Verifier } from '../sigv4/verify.ts'
import { parseXksPath } from './path.ts'
import { xksContentType, xksRefusal } from './refusals.ts'

export type XksFrontOptions = {
  readonly world: World
  readonly served: Served
  readonly regions: ReadonlySet<string>
  readonly pipeline: Answering
  readonly log: Log
}

/** Between HTTP and the pipeline, for AWS KMS as the client: keys stand in paths. */
export class XksFront {
  readonly #options: XksFrontOptions
  readonly #verifier: SigV4Verifier<Signer>

  constructor(options: XksFrontOptions) {
    const { world, served } = options
    this.#options = options
    this.#verifier = new SigV4Verifier({
      clock: world.clock,
      credentials: (accessKeyId, token) => world.principals.signer(accessKeyId, token),
      services: new Set([served.service.name]),
      // AWS signs for its own Region, which need not be one of those that exist here.
      isRegion: (name) => /^[a-z]{2}[a-z-]{0,24}-\d{1,2}$/.test(name),
      isTarget: (target) => parseXksPath(target) !== undefined,
    })
  }

  mayRead(headers: Headers, address: string): HeadVerdict {
    try {
      return { signed: this.#verifier.checkHead(headers) }
    } catch (error) {
      return { refused: this.#refuse(error, address) }
    }
  }

  async answer(request: AdmittedRequest): Promise<RawResponse> {
    const { world, served, regions, pipeline } = this.#options
    try {
      const path = parseXksPath(request.target)
      if (path === undefined) throw noSuchPath()
      const { credential, region: signedFor } = this.#verifier.verify(
        request,
        request.headers,
        request.signed,
      )
      const region = path.region ?? signedFor
      if (!regions.has(region)) throw noSuchPath()
      const { service } = served
      world.credentialUses.note(usedIdOf(credential), service.name, region, world.clock.nowMs())
      const caller = await world.principals.caller(credential, region)
      const message = {
        target: request.target,
        contentType: request.headers.get('content-type'),
        body: request.body,
      }
      const known = { served, caller, signer: credential, region }
      return await answerKnown(pipeline, request, message, known)
    } catch (error) {
      return this.#refuse(error, request.remoteAddress)
    }
  }

  /** The API has no pages: GET on one of its paths is the wrong method, anything else unknown. */
  page(path: string): RawResponse {
    if (parseXksPath(path) === undefined) return xksRefusal(noSuchPath())
    return {
      ...xksRefusal(new KmsError('ValidationException', 'The method has to be POST.')),
      status: 405,
      headers: [
        ['Content-Type', xksContentType],
        ['Allow', 'POST'],
      ],
    }
  }

  #refuse(error: unknown, address: string): RawResponse {
    if (!(error instanceof KmsError)) throw error
    this.#options.log.warn('external key store request refused', { code: error.code, address })
    return xksRefusal(error)
  }
}

const noSuchPath = (): KmsError =>
  new KmsError('UnknownOperationException', 'No external key store is at this path.')
