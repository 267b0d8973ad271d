import { KmsError } from '../api/errors.ts'
import { rootArn } from '../core/keys/arn.ts'
import type { Caller } from '../core/access/decision.ts'
import type { Clock } from '../core/ports.ts'
import { errorAnswer, jsonContentType, type RawResponse } from './http/answers.ts'
import type { AdmittedRequest } from './http/listener.ts'
import type { Log } from './log.ts'
import type { Pipeline } from './pipeline.ts'
import type { Headers } from './sigv4/request.ts'
import {
  type Authenticated,
  type Credential,
  type SignedHead,
  SigV4Verifier,
} from './sigv4/verify.ts'

export type FrontOptions = {
  readonly clock: Clock
  readonly credentials: ReadonlyMap<string, Credential>
  readonly regions: ReadonlySet<string>
  readonly pipeline: Pipeline
  readonly log: Log
}

const nothing = new Uint8Array(0)
const answered: RawResponse['headers'] = [['Content-Type', jsonContentType]]

/** Between HTTP and the pipeline: who signed the request, and what the answer looks like. */
export class Front {
  readonly #verifier: SigV4Verifier
  readonly #pipeline: Pipeline
  readonly #log: Log

  constructor(options: FrontOptions) {
    this.#verifier = new SigV4Verifier({
      clock: options.clock,
      credentials: (accessKeyId) => options.credentials.get(accessKeyId),
      services: new Set(['kms']),
      isRegion: (name) => options.regions.has(name),
    })
    this.#pipeline = options.pipeline
    this.#log = options.log
  }

  /** What the head says of the signature, or the refusal: a stranger's body is not even read. */
  mayRead(headers: Headers, remoteAddress: string): SignedHead | KmsError {
    return this.#refusing(remoteAddress, () => this.#verifier.checkHead(headers))
  }

  async answer(request: AdmittedRequest): Promise<RawResponse> {
    const authenticated = this.#refusing(request.remoteAddress, () =>
      this.#verifier.verify(request, request.headers, request.signed),
    )
    if (authenticated instanceof KmsError) return errorAnswer(authenticated)
    const { headers, tls } = request
    try {
      const body = await this.#pipeline.answer({
        caller: callerOf(authenticated),
        place: { region: authenticated.region, account: authenticated.credential.account },
        target: headers.get('x-amz-target'),
        contentType: headers.get('content-type'),
        body: request.body,
        requestId: request.requestId,
        remoteAddress: request.remoteAddress,
        userAgent: headers.get('user-agent') ?? '',
        tls: tls && {
          version: tls.version,
          cipherSuite: tls.cipher,
          host: headers.get('host') ?? '',
        },
      })
      return { status: 200, headers: answered, body: body ?? nothing }
    } catch (error) {
      if (error instanceof KmsError) return errorAnswer(error)
      throw error
    }
  }

  /** A call without a valid signature never reaches the audit log: anyone could fill it. */
  #refusing<T>(address: string, check: () => T): T | KmsError {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof KmsError)) throw error
      this.#log.warn('signature refused', { code: error.code, address })
      return error
    }
  }
}

const callerOf = ({ credential, region, accessKeyId }: Authenticated): Caller => ({
  kind: 'Root',
  account: credential.account,
  arn: rootArn({ region, account: credential.account }),
  accessKeyId,
})
