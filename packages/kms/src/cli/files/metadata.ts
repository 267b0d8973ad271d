import { inspect, type MessageHeader } from '@keyhold/envelope'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { failure, type Io } from '../io.ts'
import { algorithmName } from './algorithms.ts'
import { ContextRefusal } from './context.ts'
import { writeJsonLine } from './json-line.ts'

/** Writes a line for each message, in the form of AWS's command line. */
export type MetadataLog = {
  write(line: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

/** Opens the file of --metadata-output; `undefined`: none is wanted. */
export const openMetadata = async (
  path: string | undefined,
  overwrite: boolean,
  io: Io,
): Promise<MetadataLog | undefined> => {
  if (path === undefined) return undefined
  if (path === '-')
    return {
      write: async (line) => writeJsonLine(io.stdout, line),
      close: () => Promise.resolve(),
    }
  const full = resolve(io.cwd, path)
  const file = await open(full, overwrite ? 'w' : 'a').catch((error: unknown) => {
    throw failure(`The metadata file ${path} cannot be written`, error)
  })
  return {
    write: async (line) => await file.appendFile(`${JSON.stringify(line)}\n`),
    close: async () => await file.close(),
  }
}

/** A header with the names and encodings that AWS's command line gives it. */
export const headerLine = (header: MessageHeader): Readonly<Record<string, unknown>> => ({
  algorithm: algorithmName(header.suite),
  commitment_key: header.commitment === undefined ? null : base64(header.commitment),
  content_type: header.contentType === 'framed' ? 2 : 1,
  encrypted_data_keys: header.encryptedDataKeys
    .map(({ providerId, providerInfo, ciphertext }) => ({
      encrypted_data_key: base64(ciphertext),
      key_provider: {
        key_info: base64(providerInfo),
        provider_id: base64(Buffer.from(providerId)),
      },
    }))
    .sort((a, b) => compare(keyOf(a.key_provider), keyOf(b.key_provider))),
  encryption_context: Object.fromEntries(header.context),
  frame_length: header.frameLength,
  header_iv_length: header.version === 1 ? 12 : null,
  message_id: base64(header.messageId),
  type: header.version === 1 ? 128 : null,
  version: `${header.version}.0`,
})

/**
 * How the header is authenticated: the tag at its end, with the IV before it that version 1 stores
 * and version 2 has as zero. `undefined`: the header is longer than the bytes that were kept.
 */
export const headerAuthLine = async (
  header: MessageHeader,
  messageStart: Uint8Array,
): Promise<{ readonly iv: string; readonly tag: string } | undefined> => {
  const info = await inspect(messageStart).catch(() => undefined)
  if (info === undefined) return undefined
  const end = info.headerBytes
  const tagAt = end - 16
  const iv = header.version === 1 ? messageStart.subarray(tagAt - 12, tagAt) : new Uint8Array(12)
  return { iv: base64(iv), tag: base64(messageStart.subarray(tagAt, end)) }
}

/** Why a message was left out, as AWS's command line tells it for one in the wrong context. */
export const skippedLine = async (
  error: unknown,
  reason: string,
): Promise<Readonly<Record<string, unknown>>> => {
  if (!(error instanceof ContextRefusal)) return { skipped: true, reason }
  return {
    skipped: true,
    reason: 'Missing encryption context key or value',
    missing_encryption_context_keys: error.missingNames,
    missing_encryption_context_pairs: error.missingPairs,
    header: headerLine(error.header),
    header_auth: await headerAuthLine(error.header, error.messageStart),
  }
}

const keyOf = (provider: { provider_id: string; key_info: string }): Buffer =>
  Buffer.concat([
    Buffer.from(provider.provider_id, 'base64'),
    Buffer.from(provider.key_info, 'base64'),
  ])

const compare = (a: Buffer, b: Buffer): number => Buffer.compare(a, b)

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
