import { randomBytes } from 'node:crypto'
import { concat, copyOf } from './bytes.ts'
import { contextOf, reproducedContextOf } from './context.ts'
import { decryptionFailed, EnvelopeError } from './errors.ts'
import { type DerivedKeys, deriveKeys, isSameCommitment } from './format/derived-keys.ts'
import { FooterSigner, FooterVerifier } from './format/footer.ts'
import { FrameCipher } from './format/frame.ts'
import { encodeHeader, type MessageHeader } from './format/header.ts'
import type { ParsedHeader } from './format/header-parser.ts'
import { sealHeader, verifyHeader } from './format/header-tag.ts'
import { requireSuite } from './format/suites.ts'
import { requireDecryptionMaterials, requireEncryptionMaterials } from './materials/checks.ts'
import {
  defaultCommitmentPolicy,
  requirePolicy,
  requireSuiteForDecrypt,
  requireSuiteForEncrypt,
} from './materials/commitment.ts'
import { managerOf } from './materials/default.ts'
import type { EncryptionContext, EncryptionMaterials } from './materials/types.ts'
import {
  concurrencyMax,
  type DecryptOptions,
  defaultFrameLength,
  type EncryptOptions,
  type EncryptStreamOptions,
  frameLengthMax,
  requireCount,
  requireSwitch,
} from './options.ts'

/** A message whose header is written. Whoever holds one calls `end` in the end. */
export type WriteStart = {
  readonly header: MessageHeader
  readonly headerBytes: Uint8Array
  readonly frames: FrameCipher
  readonly keys: DerivedKeys
  /** Present for suites that sign; has seen the header. */
  readonly signer: FooterSigner | undefined
  /**
   * Forgets the keys, and tells the manager how many bytes were encrypted: a bound that was not used
   * up goes back to the data key's allowance. Only the first call counts; later ones do no harm.
   */
  end(plaintextBytes: number): void
}

/** A message whose header is verified. Whoever holds one calls `keys.zero()` in the end. */
export type ReadStart = {
  readonly header: MessageHeader
  readonly headerBytes: Uint8Array
  /** All authenticated pairs, those that the message leaves out included. */
  readonly context: EncryptionContext
  readonly frames: FrameCipher
  readonly keys: DerivedKeys
  /** Present for suites that sign; has seen the header. */
  readonly verifier: FooterVerifier | undefined
}

/** Gets materials and seals a header. `plaintextBytes` is exact, or a bound, or unknown. */
export const startWriting = async (
  options: EncryptOptions,
  plaintextBytes: number | undefined,
): Promise<WriteStart> => {
  const { frameLength = defaultFrameLength, maxEncryptedDataKeys } = options
  requireCount('frameLength', frameLength, 1, frameLengthMax)
  requireCount('concurrency', options.concurrency, 1, concurrencyMax)
  requireCount('maxEncryptedDataKeys', maxEncryptedDataKeys, 1)
  requirePolicy(options.commitmentPolicy)
  const commitmentPolicy = options.commitmentPolicy ?? defaultCommitmentPolicy
  const suite = options.suite === undefined ? undefined : requireSuite(options.suite)
  if (suite !== undefined) requireSuiteForEncrypt(commitmentPolicy, suite)
  const context = contextOf(options.context)
  const request = { context, suite, commitmentPolicy, plaintextBytes, maxEncryptedDataKeys }
  const materials = await managerOf(options).encryptionMaterials(request)
  try {
    requireEncryptionMaterials(request, materials)
    return seal(materials, frameLength)
  } catch (error) {
    materials.settle?.(0)
    throw error
  } finally {
    materials.dataKey.fill(0)
  }
}

/** The same for a message of unknown length, of which the options may declare a bound. */
export const startStream = async (options: EncryptStreamOptions): Promise<WriteStart> => {
  requireCount('plaintextBytesMax', options.plaintextBytesMax, 0)
  return await startWriting(options, options.plaintextBytesMax)
}

const seal = (materials: EncryptionMaterials, frameLength: number): WriteStart => {
  const { suite, dataKey, signingKey } = materials
  const messageId = copyOf(randomBytes(suite.messageIdBytes))
  const keys = deriveKeys(suite, dataKey, messageId)
  try {
    const header: MessageHeader = {
      version: suite.messageVersion,
      suite,
      messageId,
      context: storedContext(materials),
      encryptedDataKeys: materials.encryptedDataKeys,
      contentType: 'framed',
      frameLength,
      commitment: keys.commitment,
    }
    const body = encodeHeader(header)
    const tail = sealHeader(keys.encryption, body, header.context, materials)
    const headerBytes = concat(body, tail)
    const signer = suite.signature && signingKey && new FooterSigner(suite.signature, signingKey)
    signer?.update(headerBytes)
    const frames = new FrameCipher(suite, keys.encryption, messageId)
    return { header, headerBytes, frames, keys, signer, end: ending(keys, materials) }
  } catch (error) {
    keys.zero()
    throw error
  }
}

/** The pairs that the message holds: all but those of required keys. */
export const storedContext = ({
  context,
  requiredContextKeys,
}: Pick<EncryptionMaterials, 'context' | 'requiredContextKeys'>): EncryptionContext =>
  new Map([...context].filter(([key]) => !requiredContextKeys.includes(key)))

const ending = (keys: DerivedKeys, materials: EncryptionMaterials): WriteStart['end'] => {
  let isOpen = true
  return (plaintextBytes) => {
    keys.zero()
    if (isOpen) {
      isOpen = false
      materials.settle?.(plaintextBytes)
    }
  }
}

/** Refuses options that could not be meant, before anything is read. */
export const requireReadable = (options: DecryptOptions): void => {
  requireCount('maxEncryptedDataKeys', options.maxEncryptedDataKeys, 1)
  requireCount('maxFrameLength', options.maxFrameLength, 1)
  requireCount('concurrency', options.concurrency, 1, concurrencyMax)
  requireSwitch('allowSigned', options.allowSigned)
  requirePolicy(options.commitmentPolicy)
  reproducedContextOf(options.reproducedContext)
  managerOf(options)
}

/** Unwraps the data key and verifies commitment and header. Nothing of the body is trusted yet. */
export const startReading = async (
  parsed: ParsedHeader,
  options: DecryptOptions,
): Promise<ReadStart> => {
  const { header } = parsed
  const { suite, context, encryptedDataKeys } = header
  const commitmentPolicy = options.commitmentPolicy ?? defaultCommitmentPolicy
  requireSuiteForDecrypt(commitmentPolicy, suite)
  requireAllowed(header, options)
  const reproducedContext =
    options.reproducedContext === undefined
      ? undefined
      : reproducedContextOf(options.reproducedContext)
  const about = { suite, context, encryptedDataKeys, commitmentPolicy, reproducedContext }
  const materials = await managerOf(options).decryptionMaterials(about)
  let keys: DerivedKeys | undefined
  try {
    requireDecryptionMaterials(about, materials)
    requireSameContext(context, materials.context, materials.requiredContextKeys)
    keys = deriveKeys(suite, materials.dataKey, header.messageId)
    requireCommitment(header, keys)
    verifyHeader(keys.encryption, parsed, materials)
    const { verificationKey } = materials
    const verifier =
      suite.signature && verificationKey && new FooterVerifier(suite.signature, verificationKey)
    verifier?.update(parsed.bytes)
    const frames = new FrameCipher(suite, keys.encryption, header.messageId)
    const headerBytes = parsed.bytes
    return { header, headerBytes, context: materials.context, frames, keys, verifier }
  } catch (error) {
    keys?.zero()
    throw error
  } finally {
    materials.dataKey.fill(0)
  }
}

const requireAllowed = (header: MessageHeader, options: DecryptOptions): void => {
  if (options.allowSigned === false && header.suite.signature !== undefined)
    throw new EnvelopeError('PolicyViolation', 'The message is signed, and that is not allowed.')
  requireHoldable(header.frameLength, options)
}

/** Refuses a frame, or a non-framed body, that exceeds what the caller is ready to hold. */
export const requireHoldable = (bytes: number, { maxFrameLength }: DecryptOptions): void => {
  if (maxFrameLength === undefined || bytes <= maxFrameLength) return
  throw new EnvelopeError(
    'PolicyViolation',
    `The message has a frame of ${bytes} bytes; ${maxFrameLength} are allowed.`,
  )
}

const requireCommitment = (header: MessageHeader, keys: DerivedKeys): void => {
  const { commitment } = header
  if (commitment === undefined && keys.commitment === undefined) return
  if (commitment && keys.commitment && isSameCommitment(commitment, keys.commitment)) return
  throw decryptionFailed()
}

/** What a manager says the context is has to be what the tag is about to prove. */
const requireSameContext = (
  stored: EncryptionContext,
  claimed: EncryptionContext,
  requiredKeys: readonly string[],
): void => {
  const isKnown = ([key, value]: readonly [string, string]): boolean =>
    stored.has(key) ? stored.get(key) === value : requiredKeys.includes(key)
  const isWhole = [...stored.keys()].every((key) => claimed.has(key))
  if (isWhole && [...claimed].every(isKnown)) return
  throw new EnvelopeError(
    'ContextMismatch',
    'The encryption context of the message is not the one that was given.',
  )
}
