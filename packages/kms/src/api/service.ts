import type { Operation } from './operation.ts'
import type { Wording } from './violations.ts'

/**
 * A service of the one endpoint: its name in the scope of a signature, how its requests and answers
 * look on the wire, and its operations.
 */
export type Service = JsonService | QueryService

/** A service that is served, whether or not the command line is a client of it. */
export type AnyService = Service | XksService

type Described = {
  /** As the scope of a signature and the ARNs of the service spell it. */
  readonly name: 'kms' | 'iam' | 'sts' | 'keyhold' | 'kms-xks-proxy'
  /** The Region that it is in, and is signed for as a rule, if it is one for all Regions. */
  readonly region?: string
  /** The Region in whose partition it names identities, if not in that of each call. */
  readonly identityRegion?: string
  readonly operations: { readonly [name: string]: Operation }
}

/** AWS JSON 1.1: the operation stands in the header X-Amz-Target. */
export type JsonService = Described & {
  readonly protocol: 'json'
  readonly targetPrefix: string
}

/** AWS query: the operation stands in the form body, and the answer is XML. */
export type QueryService = Described & {
  readonly protocol: 'query'
  readonly apiVersion: string
  readonly namespace: string
  readonly wording: Wording
}

/** The API of an external key store proxy: the operation stands in the path, bodies are JSON. */
export type XksService = Described & { readonly protocol: 'xks' }
