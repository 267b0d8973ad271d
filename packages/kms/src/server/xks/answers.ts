import { equalConstantTime } from '../../core/crypto/bytes.ts'
import { integrityValue } from '../../core/crypto/external.ts'
import type { OuterCiphertext } from '../../core/crypto/double-blob.ts'
import { BackendError } from '../../core/key-stores/backend.ts'
import type { BackendFailure } from '../../core/key-stores/failures.ts'

/** What a proxy answers, before anything of it is believed. */
type Answer = { readonly [member: string]: unknown }

/** "External Key Store Proxy API Specification" 1.0.3, "Error codes". */
const failuresByName: ReadonlyMap<unknown, BackendFailure> = new Map<string, BackendFailure>([
  ['ValidationException', 'proxyRefusedRequest'],
  ['InvalidStateException', 'keyDisabled'],
  ['InvalidCiphertextException', 'ciphertextRefused'],
  ['InvalidKeyUsageException', 'keyUsageMissing'],
  ['AuthenticationFailedException', 'authenticationFailed'],
  ['AccessDeniedException', 'accessDenied'],
  ['KeyNotFoundException', 'keyNotFound'],
  ['InvalidUriPathException', 'pathInvalid'],
  ['ThrottlingException', 'throttled'],
  ['UnsupportedOperationException', 'unsupported'],
  ['DependencyTimeoutException', 'dependencyTimedOut'],
  ['InternalException', 'managerFailed'],
])

const malformed = (detail: string): BackendError => new BackendError('answerMalformed', detail)

/** The members of an answer with status 200. Throws what any other answer says. */
export const parseAnswer = (status: number, body: Uint8Array): Answer => {
  const answer = parseObject(status, body)
  if (status === 200) return answer
  const { errorName, errorMessage } = answer
  const failure = failuresByName.get(errorName)
  if (failure === undefined) throw malformed(`status ${status} without the name of an error`)
  // What the proxy says of it is for the operator, never for the caller.
  throw new BackendError(failure, `the proxy answers ${String(errorName)}${shown(errorMessage)}`)
}

const parseObject = (status: number, body: Uint8Array): Answer => {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Answer
  } catch {
    // Said below: a parser's own words may repeat what it read.
  }
  throw malformed(`an answer with status ${status} that is no JSON object`)
}

/** Less than 512 printable characters of ASCII, as the specification has it. */
const shown = (message: unknown): string =>
  typeof message === 'string' && /^[\x20-\x7e]{1,511}$/.test(message) ? `: ${message}` : ''

/** Throws unless at least one external key manager works. */
export const requireHealth = (answer: Answer): void => {
  const { xksProxyFleetSize, ekmFleetDetails } = answer
  if (!Number.isSafeInteger(xksProxyFleetSize) || Number(xksProxyFleetSize) < 1)
    throw malformed('health without xksProxyFleetSize')
  for (const name of ['xksProxyVendor', 'xksProxyModel', 'ekmVendor'])
    if (typeof answer[name] !== 'string') throw malformed(`health without ${name}`)
  if (!Array.isArray(ekmFleetDetails) || ekmFleetDetails.length < 1 || ekmFleetDetails.length > 10)
    throw malformed('health without 1 to 10 ekmFleetDetails')
  const states = ekmFleetDetails.map((details: unknown) => healthOf(details))
  if (states.every((state) => state === 'UNAVAILABLE'))
    throw new BackendError('unhealthy', 'every external key manager is unavailable')
}

const healthOf = (details: unknown): string => {
  const { id, model, healthStatus } = (details ?? {}) as Answer
  const isKnown = ['ACTIVE', 'DEGRADED', 'UNAVAILABLE'].includes(String(healthStatus))
  if (typeof id === 'string' && typeof model === 'string' && isKnown) return String(healthStatus)
  throw malformed('health of an external key manager without id, model or healthStatus')
}

/**
 * Throws unless the external key can be that of a KMS key (KMS Developer Guide, "Troubleshooting
 * external key stores", whose texts these are).
 */
export const requireFitKey = ({ keySpec, keyUsage, keyStatus }: Answer): void => {
  if (!isName(keySpec)) throw malformed('metadata without keySpec')
  if (!isName(keyStatus)) throw malformed('metadata without keyStatus')
  if (!Array.isArray(keyUsage) || keyUsage.length > 10 || !keyUsage.every(isName))
    throw malformed('metadata without at most ten keyUsage')
  if (keySpec !== 'AES_256')
    throw unfit(
      'The key spec of the external key must be AES_256. ' +
        `The key spec of specified external key is ${keySpec}.`,
    )
  if (!keyUsage.includes('ENCRYPT') || !keyUsage.includes('DECRYPT'))
    throw unfit(
      'The key usage of the external key must include ENCRYPT and DECRYPT. ' +
        `The key use of specified external key is ${keyUsage.join(', ')}.`,
    )
  if (keyStatus !== 'ENABLED')
    throw unfit(
      'The status of the external key must be ENABLED. ' +
        `The status of specified external key is ${keyStatus}.`,
    )
}

/** A word of the proxy that may be repeated to the caller. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(value)

const unfit = (told: string): BackendError => new BackendError('keyUnfit', told, { told })

/** Throws unless the answer is what the specification allows, and its integrity value is right. */
export const requireCiphertext = (
  answer: Answer,
  plaintextBytes: number,
  aad: Uint8Array,
): OuterCiphertext => {
  const ciphertext = bytesOf(answer, 'ciphertext', (length) => length === plaintextBytes)
  const iv = bytesOf(answer, 'initializationVector', (length) => length === 12 || length === 16)
  const tag = bytesOf(answer, 'authenticationTag', (length) => length === 16)
  const metadata =
    answer['ciphertextMetadata'] === undefined || answer['ciphertextMetadata'] === null
      ? new Uint8Array(0)
      : bytesOf(answer, 'ciphertextMetadata', (length) => length <= 20)
  const stated = bytesOf(answer, 'ciphertextDataIntegrityValue', (length) => length === 32)
  const outer = { ciphertext, iv, tag, metadata }
  if (!equalConstantTime(stated, integrityValue(aad, outer)))
    throw malformed('the ciphertext is not the one that its integrity value is of')
  return outer
}

export const requirePlaintext = (answer: Answer, ciphertextBytes: number): Uint8Array =>
  bytesOf(answer, 'plaintext', (length) => length === ciphertextBytes)

const bytesOf = (
  answer: Answer,
  name: string,
  isLength: (length: number) => boolean,
): Uint8Array => {
  const text = answer[name]
  if (typeof text !== 'string' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw malformed(`an answer without ${name} in base64`)
  const bytes = new Uint8Array(Buffer.from(text, 'base64'))
  if (!isLength(bytes.length)) throw malformed(`${name} of ${bytes.length} bytes`)
  return bytes
}
