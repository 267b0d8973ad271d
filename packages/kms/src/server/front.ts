import { KmsError } from '../api/errors.ts'
import type { Caller } from '../core/identity/caller.ts'
import type { Signer } from '../core/identity/principals.ts'
import type { RawResponse } from './http/answers.ts'
import type { AdmittedRequest, HeadVerdict } from './http/listener.ts'
import type { World } from './call.ts'
import type { Log } from './log.ts'
import type { Pipeline } from './pipeline.ts'
import { looksLikeQuery } from './protocols.ts'
import type { Served } from './served.ts'
import type { Headers } from './sigv4/request.ts'
import { type Authenticated, SigV4Verifier } from './sigv4/verify.ts'
import { isRegionOf, serviceOf } from './scope.ts'

export type FrontOptions = {
  readonly world: World
  readonly services: ReadonlyMap<string, Served>
  readonly regions: ReadonlySet<string>
  readonly pipeline: Pipeline
  readonly log: Log
}

const nothing = new Uint8Array(0)

/** Between HTTP and the pipeline: who signed the request, and what the answer looks like. */
export class Front {
  readonly #verifier: SigV4Verifier<Signer>
  readonly #options: FrontOptions
  readonly #kms: Served
  readonly #sts: Served

  constructor(options: FrontOptions) {
    const { world, services, regions } = options
    this.#options = options
    this.#kms = serviceOf(services, 'kms')
    this.#sts = serviceOf(services, 'sts')
    this.#verifier = new SigV4Verifier({
      clock: world.clock,
      credentials: (accessKeyId, token) => world.principals.signer(accessKeyId, token),
      services: new Set(services.keys()),
      isRegion: isRegionOf(regions),
    })
  }

  /** What the head says of the signature, or the refusal: a stranger's body is not even read. */
  mayRead(headers: Headers, remoteAddress: string): HeadVerdict {
    try {
      return { signed: this.#verifier.checkHead(headers) }
    } catch (error) {
      return { refused: this.#refuse(error, this.#protocolOf(headers), remoteAddress) }
    }
  }

  async answer(request: AdmittedRequest): Promise<RawResponse> {
    const { headers, remoteAddress, requestId } = request
    let served = this.#protocolOf(headers)
    try {
      const authenticated = this.#verifier.verify(request, headers, request.signed)
      served = this.#servedBy(authenticated, headers)
      const caller = await this.#callerOf(authenticated)
      return await this.#call(request, served, caller, authenticated)
    } catch (error) {
      return this.#refuse(error, served, remoteAddress, requestId)
    }
  }

  /** Answers a call of a known caller. */
  async #call(
    request: AdmittedRequest,
    served: Served,
    caller: Caller,
    authenticated: Authenticated<Signer>,
  ): Promise<RawResponse> {
    const { headers, tls, requestId } = request
    try {
      const body = await this.#options.pipeline.answer({
        served,
        caller,
        signer: authenticated.credential,
        place: { region: authenticated.region, account: caller.account },
        target: headers.get('x-amz-target'),
        contentType: headers.get('content-type'),
        body: request.body,
        requestId,
        remoteAddress: request.remoteAddress,
        userAgent: headers.get('user-agent') ?? '',
        tls: tls && {
          version: tls.version,
          cipherSuite: tls.cipher,
          host: headers.get('host') ?? '',
        },
      })
      const { contentType } = served.protocol
      return { status: 200, headers: [['Content-Type', contentType]], body: body ?? nothing }
    } catch (error) {
      if (!(error instanceof KmsError)) throw error
      return served.protocol.refuse(error, requestId)
    }
  }

  /** The service of the scope, if the request has the form of that service. */
  #servedBy({ service }: Authenticated<Signer>, headers: Headers): Served {
    const served = serviceOf(this.#options.services, service)
    if (served.service.protocol === 'query' && headers.has('x-amz-target'))
      throw new KmsError(
        'InvalidSignatureException',
        "Credential should be scoped to correct service: 'kms'.",
      )
    return served
  }

  #callerOf({ credential, region, service }: Authenticated<Signer>): Caller | Promise<Caller> {
    const { world } = this.#options
    const nowMs = world.clock.nowMs()
    world.keyUses.note(credential.accessKeyId, service, region, nowMs)
    return world.principals.caller(credential, region)
  }

  /** How a request is answered of which nothing is known yet but its headers. */
  #protocolOf(headers: Headers): Served {
    const target = headers.get('x-amz-target')
    return looksLikeQuery({ target, contentType: headers.get('content-type') })
      ? this.#sts
      : this.#kms
  }

  /** A call without a valid signature never reaches the audit log: anyone could fill it. */
  #refuse(error: unknown, served: Served, address: string, requestId?: string): RawResponse {
    if (!(error instanceof KmsError)) throw error
    this.#options.log.warn('signature refused', { code: error.code, address })
    return served.protocol.refuse(error, requestId, true)
  }
}
