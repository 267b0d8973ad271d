import { KmsError } from '../api/errors.ts'
import type { InputOf } from '../api/operation.ts'
import type { StsOperations } from '../api/sts.ts'
import { iamRegion } from '../core/identity/arn.ts'
import type { Caller } from '../core/identity/caller.ts'
import { type Signer, usedIdOf } from '../core/identity/principals.ts'
import type { Soon } from '../core/soon.ts'
import type { RawResponse } from './http/answers.ts'
import type { AdmittedRequest, HeadVerdict } from './http/listener.ts'
import type { World } from './call.ts'
import { answerKnown, type Known } from './known-call.ts'
import { type Log, reasonOf } from './log.ts'
import type { Answering } from './pipeline.ts'
import { looksLikeQuery, type Message } from './protocols.ts'
import type { Served } from './served.ts'
import type { Headers } from './sigv4/request.ts'
import { type Authenticated, SigV4Verifier } from './sigv4/verify.ts'
import { requireRoleArn } from './identity/resolve-sessions.ts'
import { isRegionOf, serviceOf } from './scope.ts'

export type FrontOptions = {
  readonly world: World
  readonly services: ReadonlyMap<string, Served>
  readonly regions: ReadonlySet<string>
  readonly pipeline: Answering
  readonly log: Log
}

/** Between HTTP and the pipeline: who signed the request, and what the answer looks like. */
export class Front {
  readonly #verifier: SigV4Verifier<Signer>
  readonly #options: FrontOptions
  readonly #kms: Served
  readonly #sts: Served
  /** Where a call without a signature comes in, for it names no Region. */
  readonly #region: string

  constructor(options: FrontOptions) {
    const { world, services, regions } = options
    this.#options = options
    this.#kms = serviceOf(services, 'kms')
    this.#sts = serviceOf(services, 'sts')
    const [first = iamRegion] = regions
    this.#region = regions.has(iamRegion) ? iamRegion : first
    this.#verifier = new SigV4Verifier({
      clock: world.clock,
      credentials: (accessKeyId, token) => world.principals.signer(accessKeyId, token),
      services: new Set(services.keys()),
      isRegion: isRegionOf(services, regions),
    })
  }

  /**
   * What the head says of the signature, or the refusal: a stranger's body is not even read, unless
   * it may hold the token of an identity provider.
   */
  mayRead(headers: Headers, remoteAddress: string): HeadVerdict {
    try {
      if (isUnsignedQuery(headers)) return { signed: undefined }
      return { signed: this.#verifier.checkHead(headers) }
    } catch (error) {
      return { refused: this.#refuse(error, this.#protocolOf(headers), remoteAddress) }
    }
  }

  answer(request: AdmittedRequest): Soon<RawResponse> {
    const { headers, remoteAddress, requestId } = request
    if (isUnsignedQuery(headers)) return this.#answerUnsigned(request)
    let served: Served | undefined
    try {
      const authenticated = this.#verifier.verify(request, headers, request.signed)
      served = this.#servedBy(authenticated, headers)
      return this.#answerSigned(request, authenticated, served)
    } catch (error) {
      return this.#refuse(error, served ?? this.#protocolOf(headers), remoteAddress, requestId)
    }
  }

  #answerSigned(
    request: AdmittedRequest,
    authenticated: Authenticated<Signer>,
    served: Served,
  ): Soon<RawResponse> {
    const { credential: signer } = authenticated
    // What is one for all Regions is called in its own, whichever the scope names.
    const region = served.service.region ?? authenticated.region
    const caller = this.#callerOf(authenticated, served, region)
    if (!(caller instanceof Promise)) return this.#call(request, { served, caller, signer, region })
    return caller.then(
      (later) => this.#call(request, { served, caller: later, signer, region }),
      (error: unknown) => this.#refuse(error, served, request.remoteAddress, request.requestId),
    )
  }

  /**
   * AssumeRoleWithWebIdentity is the one operation without a signature: the token stands in for it,
   * and as with a signature, one that is not valid leaves no record.
   */
  async #answerUnsigned(request: AdmittedRequest): Promise<RawResponse> {
    const { remoteAddress, requestId } = request
    const served = this.#sts
    try {
      const asked = served.protocol.ask(messageOf(request))
      const row = served.operations[tokenOperation]
      if (asked.name !== tokenOperation || row?.isUnsigned !== true)
        throw new KmsError('MissingAuthenticationTokenException')
      asked.requireWellFormed()
      const input = asked.input(row) as InputOf<StsOperations[typeof tokenOperation]>
      const { account } = requireRoleArn(input.RoleArn, this.#region)
      const { webIdentities } = this.#options.world
      const caller = await webIdentities.verify(account, input.WebIdentityToken)
      return await this.#call(request, { served, caller, signer: undefined, region: this.#region })
    } catch (error) {
      if (!(error instanceof KmsError)) throw error
      const { code, cause } = error
      // Of a token nothing is logged; why its provider could not be asked, an operator has to know.
      const reason = code === 'IDPCommunicationErrorException' ? reasonOf(cause) : undefined
      this.#options.log.warn('token refused', { code, address: remoteAddress, reason })
      return served.protocol.refuse(error, requestId)
    }
  }

  #call(request: AdmittedRequest, known: Known): Promise<RawResponse> {
    return answerKnown(this.#options.pipeline, request, messageOf(request), known)
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

  #callerOf(
    { credential, service }: Authenticated<Signer>,
    served: Served,
    region: string,
  ): Soon<Caller> {
    const { world } = this.#options
    world.credentialUses.note(usedIdOf(credential), service, region, world.clock.nowMs())
    return world.principals.caller(credential, served.service.identityRegion ?? region)
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

const tokenOperation = 'AssumeRoleWithWebIdentity'

/** Longest body that is read without a signature: a token and a session policy fit well. */
const unsignedBytesMax = 49_152

/** Whether a request can be the one that needs no signature, as far as its head tells. */
const isUnsignedQuery = (headers: Headers): boolean =>
  !headers.has('authorization') &&
  looksLikeQuery({
    target: headers.get('x-amz-target'),
    contentType: headers.get('content-type'),
  }) &&
  Number(headers.get('content-length')) <= unsignedBytesMax

const messageOf = ({ headers, body }: AdmittedRequest): Message => ({
  target: headers.get('x-amz-target'),
  contentType: headers.get('content-type'),
  body,
})
