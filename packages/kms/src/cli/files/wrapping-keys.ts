import type { FileCommand } from './flag-table.ts'
import { onlyValue, type Pairs, parsePairs } from './pairs.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { valuesOf } from './settings.ts'

/** Keys of the service. Empty `keys`: whatever key the message names, as `discovery` allows. */
export type KmsGroup = {
  readonly kind: 'kms'
  readonly keys: readonly string[]
  readonly region: string | undefined
  readonly profile: string | undefined
  readonly discovery:
    | { readonly partition: string; readonly accounts: readonly string[] }
    | 'any'
    | undefined
}

/** A key that the caller holds in files. */
export type RawGroup = {
  readonly kind: 'raw-aes' | 'raw-rsa' | 'raw-ecdh'
  readonly values: Pairs
}

export type KeyGroup = KmsGroup | RawGroup

const kmsNames = [
  'provider',
  'key',
  'region',
  'profile',
  'discovery',
  'discovery-partition',
  'discovery-account',
]
const rawNames = {
  'raw-aes': ['key-file', 'namespace', 'name'],
  'raw-rsa': ['key-file', 'namespace', 'name', 'padding'],
  'raw-ecdh': ['key-file', 'peer-key-file', 'curve'],
} as const

/**
 * The wrapping keys of a command line: those of -k together first, then each -w, then key files.
 * The first one makes the data key, the others wrap it once more.
 */
export const readKeyGroups = (command: FileCommand, args: FileArgs): readonly KeyGroup[] => {
  const short = valuesOf(args, '--key')
  const groups = (args.flags.get('--wrapping-keys') ?? []).map((words) => group(command, words))
  const files = valuesOf(args, '--raw-key-file').map((path): RawGroup => {
    return { kind: 'raw-aes', values: new Map([['key-file', [path]]]) }
  })
  const named = { kind: 'kms', keys: short, region: undefined, profile: undefined } as const
  return [...(short.length > 0 ? [{ ...named, discovery: undefined }] : []), ...groups, ...files]
}

const group = (command: FileCommand, words: readonly string[]): KeyGroup => {
  const provider = onlyValue(command, flag, parsePairs(command, flag, words), 'provider')
  if (provider === undefined || provider === 'aws-kms') return kmsGroup(command, words)
  if (!Object.hasOwn(rawNames, provider)) {
    const known = ['aws-kms', ...Object.keys(rawNames)].join(', ')
    throw fileUsage(command, `there is no provider ${provider}; there are ${known}.`)
  }
  const kind = provider as RawGroup['kind']
  const values = parsePairs(command, flag, words, ['provider', ...rawNames[kind]])
  if (values.has('key-file') || values.has('peer-key-file')) return { kind, values }
  throw fileUsage(command, `${flag} provider=${kind} needs key-file=.`)
}

const flag = '--wrapping-keys'

const kmsGroup = (command: FileCommand, words: readonly string[]): KmsGroup => {
  const pairs = parsePairs(command, flag, words, kmsNames)
  const one = (name: string): string | undefined => onlyValue(command, flag, pairs, name)
  const keys = pairs.get('key') ?? []
  const isDiscovery = parseBoolean(command, one('discovery'))
  const partition = one('discovery-partition')
  const accounts = pairs.get('discovery-account') ?? []
  const base = { kind: 'kms', keys, region: one('region'), profile: one('profile') } as const
  if ((partition === undefined) !== (accounts.length === 0))
    throw fileUsage(command, 'discovery-partition= and discovery-account= go together.')
  if (isDiscovery !== true) {
    if (partition !== undefined)
      throw fileUsage(command, 'discovery-partition= goes with discovery=true.')
    if (keys.length === 0) throw fileUsage(command, `${flag} needs key=${orDiscovery(command)}.`)
    return { ...base, discovery: undefined }
  }
  if (command === 'encrypt')
    throw fileUsage(command, 'discovery=true is for decryption: name the key with key=.')
  if (keys.length > 0) throw fileUsage(command, 'key= and discovery=true exclude each other.')
  return { ...base, discovery: partition === undefined ? 'any' : { partition, accounts } }
}

const orDiscovery = (command: FileCommand): string =>
  command === 'encrypt' ? '' : ', or discovery=true'

const parseBoolean = (command: FileCommand, text: string | undefined): boolean | undefined => {
  const value = text?.toLowerCase()
  if (value === undefined) return undefined
  if (value === 'true') return true
  if (value === 'false') return false
  throw fileUsage(command, `discovery is true or false; not ${text}.`)
}
