import { EnvelopeError } from '@keyhold/envelope'
import { ServiceError, TransportError } from '../../client/index.ts'
import { CliError } from '../io.ts'

/** Why a file failed: a name for programs, and a sentence for people. */
export type Failure = { readonly code: string; readonly message: string }

/** Tells any failure in one sentence. Nothing secret is in it, for nothing secret is in errors. */
export const explain = (error: unknown): Failure => {
  if (error instanceof EnvelopeError) return explainEnvelope(error)
  if (error instanceof ServiceError) return { code: error.code, message: service(error) }
  if (error instanceof TransportError)
    return { code: 'NoConnection', message: `The service at ${error.endpoint} does not answer.` }
  if (error instanceof CliError) return { code: 'Refused', message: error.message }
  if (isSystemError(error)) return { code: error.code, message: system(error) }
  return { code: 'Failed', message: error instanceof Error ? error.message : String(error) }
}

const explainEnvelope = (error: EnvelopeError): Failure => {
  const { code } = error
  const deeper = innermost(error)
  switch (code) {
    case 'NoDataKey':
      if (deeper instanceof TransportError || deeper instanceof CliError) return explain(deeper)
      return {
        code,
        message:
          deeper instanceof ServiceError
            ? `The key that may decrypt this message refused: ${service(deeper)}`
            : 'None of the given keys is one that this message is encrypted under. ' +
              'keyhold inspect names them.',
      }
    case 'KeyringFailed':
      return deeper === undefined ? { code, message: error.message } : explain(deeper)
    case 'NotAMessage':
      return {
        code,
        message: error.message.includes('looks like base64')
          ? 'This is a message in base64: give --decode.'
          : error.message,
      }
    case 'Malformed':
      return {
        code,
        message: error.message.includes('cut short')
          ? 'The message is truncated: its end is missing.'
          : `The message is damaged: ${clause(error.message)}`,
      }
    case 'DecryptionFailed':
      return { code, message: 'The message was changed after it was encrypted, or is damaged.' }
    case 'PolicyViolation':
      // What a file declares is its size.
      return {
        code,
        message: error.message.includes('that were declared')
          ? 'The file became longer while it was read.'
          : error.message,
      }
    default:
      return { code, message: error.message }
  }
}

/** What the message of the SDK says behind its colon, without the advice about released bytes. */
const clause = (message: string): string => {
  const [first = ''] = message.replace(/^[^:]*: /, '').split('. Discard')
  return `${first.replace(/\.$/, '')}.`
}

const service = ({ code, message }: ServiceError): string =>
  message === '' ? `the service said ${code}.` : `${message} (${code})`

type Deeper = ServiceError | TransportError | CliError

/** The error of the service, or of the way to it, that lies beneath, if one does. */
const innermost = (error: unknown, depth = 0): Deeper | undefined => {
  if (error instanceof ServiceError || error instanceof TransportError) return error
  if (error instanceof CliError) return error
  if (!(error instanceof Error) || depth > 8) return undefined
  const causes = error instanceof EnvelopeError ? error.causes : []
  for (const cause of [error.cause, ...causes]) {
    const found = innermost(cause, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

type SystemError = Error & {
  readonly code: string
  readonly path?: string
  /** Of a renaming: the new name. */
  readonly dest?: string
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const systemTexts: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  EPIPE: 'whoever read the output has gone',
}

const system = ({ code, message, path, dest = path }: SystemError): string => {
  const text = Object.hasOwn(systemTexts, code) ? systemTexts[code] : undefined
  if (text === undefined) return message
  return dest === undefined ? `${text}.` : `${dest}: ${text}.`
}
