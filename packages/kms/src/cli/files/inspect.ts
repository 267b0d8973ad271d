import { inspect, type MessageInfo } from '@keyhold/envelope'
import { exitCode, type Io } from '../io.ts'
import { decodeBase64 } from './base64.ts'
import { gathered, readInput } from './read.ts'
import { explain } from './explain.ts'
import { findInputs, type Input } from './inputs.ts'
import { writeJsonLine } from './json-line.ts'
import { base64 } from './metadata.ts'
import type { FileArgs } from './parse.ts'
import { printable } from './printable.ts'
import { size } from './progress.ts'
import { findingOf, inputPaths } from './run-crypt.ts'

/** `keyhold inspect FILE…`: what messages say about themselves; nothing of it is proven. */
export const runInspect = async (args: FileArgs, io: Io): Promise<number> => {
  const { inputs, skipped } = await findInputs(inputPaths('inspect', args, io), findingOf(args, io))
  const isJson = args.flags.has('--json')
  let faults = skipped.length
  const complain = (text: string): unknown => io.stderr.write(`${printable(`keyhold: ${text}`)}\n`)
  for (const { shown, why } of skipped) complain(`${shown}: skipped: ${why}`)
  let isFirst = true
  for (const input of inputs) {
    try {
      const info = await inspect(await sourceOf(input, args, io))
      if (isJson) writeJsonLine(io.stdout, { file: input.shown, ...facts(info) })
      else io.stdout.write(`${isFirst ? '' : '\n'}${text(input.shown, info)}`)
      isFirst = false
    } catch (error) {
      faults += 1
      const failure = explain(error)
      if (isJson) writeJsonLine(io.stdout, { file: input.shown, error: failure })
      else complain(`${input.shown}: ${failure.message}`)
    }
  }
  return faults > 0 ? exitCode.failure : exitCode.done
}

/** A message for functions that read here and there: a path where possible, else all its bytes. */
export const sourceOf = async (
  input: Input,
  args: FileArgs,
  io: Io,
): Promise<string | Uint8Array> => {
  const isText = args.flags.has('--decode')
  if (input.kind === 'file' && !isText && input.stats.isFile()) return input.path
  return await gathered(isText ? decodeBase64(readInput(input, io)) : readInput(input, io))
}

const facts = ({ header, isSigned, messageBytes, headerBytes, body }: MessageInfo) => ({
  version: header.version,
  algorithm: header.suite.name,
  algorithmId: `0x${header.suite.id.toString(16).padStart(4, '0')}`,
  isSigned,
  isCommitted: header.suite.commits,
  messageId: base64(header.messageId),
  encryptionContext: Object.fromEntries(header.context),
  dataKeys: header.encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
    provider: providerId,
    key: keyName(providerId, providerInfo),
    bytes: ciphertext.length,
  })),
  contentType: header.contentType,
  frameLength: header.frameLength,
  messageBytes,
  headerBytes,
  frames: body?.frames ?? null,
  plaintextBytes: body?.plaintextBytes ?? null,
  isWhole: body !== undefined,
})

/** Names of keys are text, followed by tag length, IV length and IV for raw AES keys. */
const keyName = (providerId: string, info: Uint8Array): string => {
  const rawAesTail = 20
  const isRawAes =
    providerId !== 'aws-kms' &&
    info.length >= rawAesTail &&
    Buffer.from(info).readUInt32BE(info.length - rawAesTail) === 128
  const name = isRawAes ? info.subarray(0, info.length - rawAesTail) : info
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(name)
  } catch {
    return base64(info)
  }
}

const text = (shown: string, info: MessageInfo): string => {
  const told = facts(info)
  const rows: (readonly [string, string])[] = [
    ['message', `version ${told.version}, ${told.messageBytes} bytes, id ${told.messageId}`],
    ['algorithm', `${told.algorithm} (${told.algorithmId})`],
    ['signed', told.isSigned ? 'yes' : 'no'],
    ['committed', told.isCommitted ? 'yes: to one key' : 'no'],
    ...told.dataKeys.map(({ provider, key }) => ['data key', `${provider}  ${key}`] as const),
    ...Object.entries(told.encryptionContext).map(
      ([name, value]) => ['context', `${name}=${value}`] as const,
    ),
    ['frames', framesText(told)],
    [
      'plaintext',
      told.plaintextBytes === null
        ? 'unknown: the message is not whole'
        : `${told.plaintextBytes} bytes (${size(told.plaintextBytes)})`,
    ],
  ]
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)}${printable(value)}`)
  return `${printable(shown)}\n${lines.join('\n')}\n`
}

const framesText = ({ contentType, frames, frameLength }: ReturnType<typeof facts>): string => {
  if (contentType === 'non-framed') return 'none: one block'
  return frames === null ? `of ${frameLength} bytes` : `${frames} of ${frameLength} bytes`
}
