import { randomUUID } from 'node:crypto'
import { copyOf } from '../../bytes.ts'
import { contextOf } from '../../context.ts'
import { parseKeyArn } from '../arn.ts'
import { attemptFailed, invalid, wrapFailed } from '../data-key.ts'
import { plaintextOf } from '../kms-calls.ts'
import {
  type ClientSource,
  clientsOf,
  grantTokensMember,
  type WrapsBranchKeys,
} from '../kms-client.ts'
import { branchKeyIdTaken, noBranchKey } from './memory.ts'
import type { BranchKeyRecord, BranchKeyRecords, NewGeneration } from './records.ts'
import { type BranchKey, type BranchKeyAdmin, branchKeyBytes, versionBytes } from './store.ts'

export type BranchKeyWrapping = ClientSource<WrapsBranchKeys> & {
  /** The logical name of the store, bound to every branch key; it has to stay as it is. */
  readonly name: string
  /** ARN of the key that wraps branch keys. */
  readonly kmsKeyArn: string
  readonly grantTokens?: readonly string[]
  /** The time that new records carry; the process's own by default. */
  readonly now?: () => Date
}

type Form = 'active' | 'version'

/**
 * A key store over records whose branch keys are wrapped by a KMS key. Plain branch keys are never
 * seen when they are made: the service generates them wrapped, and re-wraps them as the active one.
 * Id, version, time, store and form are bound, so no stored record passes for another.
 */
export const wrappedBranchKeyStore = (
  records: BranchKeyRecords,
  options: BranchKeyWrapping,
): BranchKeyAdmin => {
  const { name, kmsKeyArn, now = () => new Date() } = options
  const arn = parseKeyArn(kmsKeyArn)
  if (arn === undefined) throw invalid('A branch key store needs the ARN of a key.')
  if (typeof name !== 'string' || name === '') throw invalid('A branch key store needs a name.')
  const clientIn = clientsOf<WrapsBranchKeys>(options)
  const tokens = grantTokensMember(options.grantTokens)

  /** The names are those of the AWS key store, so that its key policies and rules fit as well. */
  const contextFor = (record: Omit<BranchKeyRecord, 'wrapped'>, form: Form) => {
    const version = `branch:version:${record.version}`
    return Object.fromEntries([
      ...[...record.context].map(([key, value]) => [`aws-crypto-ec:${key}`, value]),
      ['branch-key-id', record.branchKeyId],
      ['type', form === 'active' ? 'branch:ACTIVE' : version],
      ...(form === 'active' ? [['version', version]] : []),
      ['create-time', record.createdAt],
      ['tablename', name],
      ['kms-arn', kmsKeyArn],
      ['hierarchy-version', '1'],
    ]) as Record<string, string>
  }

  const generate = async (
    branchKeyId: string,
    context: ReadonlyMap<string, string>,
  ): Promise<NewGeneration> => {
    const base = { branchKeyId, version: randomUUID(), createdAt: now().toISOString(), context }
    const client = clientIn(arn.region)
    try {
      const made = await client.generateDataKeyWithoutPlaintext({
        KeyId: kmsKeyArn,
        NumberOfBytes: branchKeyBytes,
        EncryptionContext: contextFor(base, 'version'),
        ...tokens,
      })
      const version = { ...base, wrapped: wrappedOf(made, kmsKeyArn) }
      return { version, active: await rewrap(version, 'version', version) }
    } catch (cause) {
      throw wrapFailed(`KMS did not wrap a branch key under ${kmsKeyArn}.`, cause)
    }
  }

  /** Wraps what one record holds as the active form of another; KMS checks the first one's context. */
  const rewrap = async (
    from: BranchKeyRecord,
    form: Form,
    to: BranchKeyRecord,
  ): Promise<BranchKeyRecord> => {
    const answer = await clientIn(arn.region).reEncrypt({
      CiphertextBlob: from.wrapped,
      SourceKeyId: kmsKeyArn,
      SourceEncryptionContext: contextFor(from, form),
      DestinationKeyId: kmsKeyArn,
      DestinationEncryptionContext: contextFor(to, 'active'),
      ...tokens,
    })
    if (answer.SourceKeyId !== kmsKeyArn) throw otherKey(kmsKeyArn)
    return { ...to, wrapped: wrappedOf(answer, kmsKeyArn) }
  }

  const open = async (record: BranchKeyRecord | undefined, form: Form): Promise<BranchKey> => {
    if (record === undefined) throw noBranchKey()
    const answer = await clientIn(arn.region)
      .decrypt({
        KeyId: kmsKeyArn,
        CiphertextBlob: record.wrapped,
        EncryptionContext: contextFor(record, form),
        ...tokens,
      })
      .catch((cause: unknown) => {
        throw attemptFailed(`KMS did not decrypt a branch key under ${kmsKeyArn}.`, cause)
      })
    const material = plaintextOf(answer, kmsKeyArn, branchKeyBytes)
    return { branchKeyId: record.branchKeyId, version: record.version, material }
  }

  return {
    activeBranchKey: async (branchKeyId) =>
      open(requireId(await records.active(branchKeyId), branchKeyId), 'active'),
    branchKeyVersion: async (branchKeyId, version) => {
      const record = requireId(await records.version(branchKeyId, version), branchKeyId)
      return open(record.version === version ? record : undefined, 'version')
    },
    createBranchKey: async ({ branchKeyId = randomUUID(), context } = {}) => {
      if (branchKeyId === '') throw branchKeyIdTaken()
      const generation = await generate(branchKeyId, contextOf(context))
      if (!(await records.create(generation))) throw branchKeyIdTaken()
      return branchKeyId
    },
    versionBranchKey: async (branchKeyId) => {
      const previous = requireId(await records.active(branchKeyId), branchKeyId)
      // Proves that the record is authentic before its pairs go into the next generation.
      await rewrap(previous, 'active', previous).catch((cause: unknown) => {
        throw wrapFailed(`KMS did not authenticate the branch key under ${kmsKeyArn}.`, cause)
      })
      const generation = await generate(branchKeyId, previous.context)
      if (await records.rotate(generation, previous.version)) return generation.version.version
      throw wrapFailed(
        'Somebody else rotated the branch key at the same time: nothing was changed.',
      )
    },
  }
}

const requireId = (record: BranchKeyRecord | undefined, branchKeyId: string): BranchKeyRecord => {
  if (record === undefined || record.branchKeyId !== branchKeyId) throw noBranchKey()
  if (versionBytes(record.version) === undefined) throw noBranchKey()
  return record
}

const wrappedOf = (
  answer: {
    readonly KeyId?: string | undefined
    readonly CiphertextBlob?: Uint8Array | undefined
  },
  kmsKeyArn: string,
): Uint8Array => {
  if (answer.KeyId !== kmsKeyArn) throw otherKey(kmsKeyArn)
  if (answer.CiphertextBlob === undefined || answer.CiphertextBlob.length === 0)
    throw wrapFailed(`KMS answered without a ciphertext for ${kmsKeyArn}.`)
  return copyOf(answer.CiphertextBlob)
}

const otherKey = (kmsKeyArn: string) =>
  wrapFailed(`KMS answered for another key than ${kmsKeyArn}.`)
