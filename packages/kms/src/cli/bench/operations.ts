import { randomBytes } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../client/json.ts'
import type { KmsClient } from '../../client/client.ts'
import { failure } from '../io.ts'

/** What the requests of a load are about. */
export type Subject = {
  readonly keyId: string
  readonly bytes: number
  readonly context: Readonly<Record<string, string>> | undefined
  /** Of key pairs; absent: the key's own, for Sign, and SYMMETRIC_DEFAULT otherwise. */
  readonly algorithm: string | undefined
}

/** One operation that can be measured: how each of its requests reads. */
type BenchOperation = {
  /** As the API calls it. */
  readonly operation: string
  /** Prepares what the requests need, and gives the input of each by its number. */
  readonly inputs: (client: Caller, subject: Subject) => Promise<(index: number) => JsonObject>
}

type Caller = Pick<KmsClient, 'call'>

/** So many, that no request is for a ciphertext that has just been seen. */
const ciphertexts = 64

const base64 = (length: number): string => randomBytes(length).toString('base64')

const contextOf = ({ context }: Subject): JsonObject =>
  context === undefined ? {} : { EncryptionContext: context }

const encryption = (subject: Subject): JsonObject => ({
  KeyId: subject.keyId,
  ...contextOf(subject),
  ...(subject.algorithm === undefined ? {} : { EncryptionAlgorithm: subject.algorithm }),
})

/** By the names that they have on the command line. */
export const benchOperations = {
  encrypt: {
    operation: 'Encrypt',
    inputs: (_client, subject) => {
      const common = encryption(subject)
      return Promise.resolve(() => ({ ...common, Plaintext: base64(subject.bytes) }))
    },
  },
  decrypt: {
    operation: 'Decrypt',
    inputs: async (client, subject) => {
      const common = encryption(subject)
      const blobs: string[] = []
      while (blobs.length < ciphertexts) {
        const input = { ...common, Plaintext: base64(subject.bytes) }
        blobs.push(textOf(await client.call('Encrypt', input), 'CiphertextBlob'))
      }
      return (index) => ({ ...common, CiphertextBlob: blobs[index % blobs.length]! })
    },
  },
  'generate-data-key': {
    operation: 'GenerateDataKey',
    inputs: (_client, subject) =>
      Promise.resolve(() => ({
        KeyId: subject.keyId,
        KeySpec: 'AES_256',
        ...contextOf(subject),
      })),
  },
  sign: {
    operation: 'Sign',
    inputs: async (client, { keyId, bytes, algorithm }) => {
      const SigningAlgorithm = algorithm ?? (await firstAlgorithm(client, keyId))
      return () => ({ KeyId: keyId, SigningAlgorithm, Message: base64(bytes), MessageType: 'RAW' })
    },
  },
} as const satisfies Readonly<Record<string, BenchOperation>>

export type BenchOperationName = keyof typeof benchOperations

export const benchOperationNames = Object.keys(benchOperations) as BenchOperationName[]

const firstAlgorithm = async (client: Caller, keyId: string): Promise<string> => {
  const { KeyMetadata: metadata } = await client.call('DescribeKey', { KeyId: keyId })
  const algorithms = isJsonObject(metadata) ? metadata['SigningAlgorithms'] : undefined
  const first: unknown = Array.isArray(algorithms) ? algorithms[0] : undefined
  if (typeof first !== 'string') throw failure(`${keyId} is no key that signs.`)
  return first
}

const textOf = (answer: JsonObject, member: string): string => {
  const value = answer[member]
  if (typeof value !== 'string') throw failure(`The answer holds no ${member}.`)
  return value
}
