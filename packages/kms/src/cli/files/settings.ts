import {
  type CachingOptions,
  LocalCryptoMaterialsCache,
  type Suite,
  suites,
  type EncryptOptions,
} from '@keyhold/envelope'
import { algorithmNames } from './algorithms.ts'
import type { FileCommand } from './flag-table.ts'
import { onlyValue, parseCount, parsePairs } from './pairs.ts'
import { type FileArgs, fileUsage } from './parse.ts'

export type CommitmentPolicy = NonNullable<EncryptOptions['commitmentPolicy']>
export type CachingRule = Pick<
  CachingOptions,
  'maxAgeSeconds' | 'maxBytesEncrypted' | 'maxMessagesEncrypted'
> & { readonly cache: LocalCryptoMaterialsCache }

/** What the flags say about messages: typed, and checked. */
export type MessageSettings = {
  readonly context: ReadonlyMap<string, string>
  /** Names alone, which a message that is read must have, with any value. */
  readonly requiredNames: readonly string[]
  readonly suite: Suite | undefined
  readonly frameLength: number | undefined
  readonly maxFrameLength: number | undefined
  readonly maxEncryptedDataKeys: number | undefined
  readonly commitmentPolicy: CommitmentPolicy | undefined
  readonly allowSigned: boolean
  /** One cache for the whole run; `undefined`: every message has a data key of its own. */
  readonly caching: CachingRule | undefined
}

/** The last value of a flag. */
export const valueOf = (args: FileArgs, name: string): string | undefined =>
  args.flags.get(name)?.at(-1)?.[0]

/** All values of a flag, in their order. */
export const valuesOf = (args: FileArgs, name: string): readonly string[] =>
  (args.flags.get(name) ?? []).flat()

export const readMessageSettings = (command: FileCommand, args: FileArgs): MessageSettings => {
  const numberOf = (name: string, most?: number): number | undefined => {
    const text = valueOf(args, name)
    return text === undefined ? undefined : parseCount(command, name, text, 1, most)
  }
  const { context, requiredNames } = readContext(command, valuesOf(args, '--encryption-context'))
  return {
    context,
    requiredNames,
    suite: readSuite(command, valueOf(args, '--algorithm')),
    frameLength: numberOf('--frame-length', 2 ** 32 - 1),
    maxFrameLength: numberOf('--max-length'),
    maxEncryptedDataKeys: numberOf('--max-encrypted-data-keys'),
    commitmentPolicy: valueOf(args, '--commitment-policy')?.toUpperCase().replaceAll('-', '_') as
      | CommitmentPolicy
      | undefined,
    allowSigned: !args.flags.has('--decrypt-unsigned'),
    caching: readCaching(command, args),
  }
}

const readContext = (
  command: FileCommand,
  words: readonly string[],
): Pick<MessageSettings, 'context' | 'requiredNames'> => {
  const flag = '--encryption-context'
  const isName = (word: string): boolean => command !== 'encrypt' && !word.includes('=')
  const pairs = parsePairs(
    command,
    flag,
    words.filter((word) => !isName(word)),
  )
  const context = new Map<string, string>()
  for (const name of pairs.keys()) context.set(name, onlyValue(command, flag, pairs, name) ?? '')
  return { context, requiredNames: words.filter(isName) }
}

/** A suite by its name here, without `ALG_`, or without the `_NO_KDF` that AWS's tools leave out. */
const readSuite = (command: FileCommand, name: string | undefined): Suite | undefined => {
  if (name === undefined) return undefined
  const full = name.startsWith('ALG_') ? name : `ALG_${name}`
  const rows: readonly Suite[] = Object.values(suites)
  const found = rows.find((suite) => suite.name === full || suite.name === `${full}_NO_KDF`)
  if (found !== undefined) return found
  throw fileUsage(command, `--algorithm has no ${name}. It has:\n  ${algorithmNames.join('\n  ')}`)
}

const cachingNames = ['capacity', 'max_age', 'max_messages_encrypted', 'max_bytes_encrypted']

/** The rules of --caching, each time with a cache of its own. */
export const readCaching = (command: FileCommand, args: FileArgs): CachingRule | undefined => {
  const words = valuesOf(args, '--caching')
  if (words.length === 0) return undefined
  const pairs = parsePairs(command, '--caching', words, cachingNames)
  const numberOf = (name: string, least: number, most?: number): number | undefined => {
    const text = onlyValue(command, '--caching', pairs, name)
    if (text === undefined) return undefined
    return parseCount(command, `--caching ${name}`, text, least, most)
  }
  const capacity = numberOf('capacity', 1)
  const ageText = onlyValue(command, '--caching', pairs, 'max_age')
  const maxAgeSeconds = Number(ageText)
  if (capacity === undefined || ageText === undefined)
    throw fileUsage(command, '--caching needs capacity= and max_age=.')
  if (!(Number.isFinite(maxAgeSeconds) && maxAgeSeconds > 0))
    throw fileUsage(command, '--caching max_age is a number of seconds above zero.')
  return {
    cache: new LocalCryptoMaterialsCache({ capacity }),
    maxAgeSeconds,
    maxMessagesEncrypted: numberOf('max_messages_encrypted', 1, 2 ** 32),
    maxBytesEncrypted: numberOf('max_bytes_encrypted', 0),
  }
}
