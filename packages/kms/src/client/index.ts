import { operations, type OperationName, type Operations } from '../api/operations.ts'
import type { Operation } from '../api/operation.ts'
import type { Members } from '../api/shapes.ts'
import { createClient, type ClientConfig } from './client.ts'
import type { Credentials } from './credentials.ts'
import { decodeMembers, encodeMembers, type SdkMembers } from './wire.ts'

export { createClient, type ClientConfig, type KmsClient } from './client.ts'
export type { Credentials } from './credentials.ts'
export { ServiceError, TransportError } from './errors.ts'

export type KmsInput<N extends OperationName> = SdkMembers<Operations[N]['input']>
/** Every member may be absent, as in AWS's SDK: what is there is the answering service's affair. */
export type KmsOutput<N extends OperationName> = Operations[N]['output'] extends Members
  ? Partial<SdkMembers<Operations[N]['output']>>
  : object

/** One method per operation, named as in AWS's SDK for JavaScript: `generateDataKey`, `encrypt`. */
export type KmsMethods = {
  readonly [N in OperationName as Uncapitalize<N>]: (input: KmsInput<N>) => Promise<KmsOutput<N>>
}

export type KmsConfig = Omit<ClientConfig, 'credentials'> & {
  readonly credentials: Credentials | (() => Promise<Credentials>)
}

/**
 * A client with the methods of AWS's `KMS` class over the operations that are built. Blobs are
 * Uint8Array and instants Date; a method rejects with ServiceError or TransportError.
 */
export type Kms = KmsMethods & {
  /** Closes idle connections. */
  destroy(): void
}

const createKms = (config: KmsConfig): Kms => {
  const given = config.credentials
  const credentials = typeof given === 'function' ? given : () => Promise.resolve(given)
  const client = createClient({ ...config, credentials })
  const methods: Record<string, unknown> = {
    destroy: () => {
      client.close()
    },
  }
  for (const [name, row] of Object.entries(operations) as [string, Operation][]) {
    methods[name.charAt(0).toLowerCase() + name.slice(1)] = async (input: object = {}) => {
      const answer = await client.call(name, encodeMembers(row.input, input))
      return row.output === undefined ? {} : decodeMembers(row.output, answer)
    }
  }
  return methods as Kms
}

/** `new Kms({ endpoint, region, credentials })`. */
export const Kms = function (config: KmsConfig) {
  return createKms(config)
} as unknown as new (config: KmsConfig) => Kms
