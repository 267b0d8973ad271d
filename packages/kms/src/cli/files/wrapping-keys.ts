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

/** What keys are named for: to wrap data keys, or to unwrap those that messages have. */
export type KeyUse = 'wrap' | 'unwrap'

/** Where keys are named: the command, and what its flags for them begin with. */
type Place = { readonly command: FileCommand; readonly use: KeyUse; readonly dashes: string }

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
 * The wrapping keys of a command line: those of -k together first, then each -w, then key files,
 * then --discovery. The first one makes the data key, the others wrap it once more. Throws a usage
 * error when there are none: a message never chooses the key that it is read with by itself.
 */
export const readKeyGroups = (command: FileCommand, args: FileArgs): readonly KeyGroup[] => {
  const use = command === 'encrypt' || command === 'rewrap' ? 'wrap' : 'unwrap'
  return groupsOf(args, { command, use, dashes: '--' })
}

/** The same for the old keys of `rewrap`, whose flags begin with --from-. */
export const readOldKeyGroups = (args: FileArgs): readonly KeyGroup[] =>
  groupsOf(args, { command: 'rewrap', use: 'unwrap', dashes: '--from-' })

const groupsOf = (args: FileArgs, place: Place): readonly KeyGroup[] => {
  const { command, dashes } = place
  const short = [...new Set(valuesOf(args, `${dashes}key`))]
  const isDiscovery = args.flags.has(`${dashes}discovery`)
  if (short.length > 0 && isDiscovery)
    throw fileUsage(command, `${shortest(place)} and ${dashes}discovery exclude each other.`)
  const ofService = { kind: 'kms', region: undefined, profile: undefined } as const
  const groups: readonly KeyGroup[] = [
    ...(short.length > 0 ? [{ ...ofService, keys: short, discovery: undefined }] : []),
    ...(args.flags.get(`${dashes}wrapping-keys`) ?? []).map((words) => group(place, words)),
    ...valuesOf(args, `${dashes}raw-key-file`).map((path): RawGroup => {
      return { kind: 'raw-aes', values: new Map([['key-file', [path]]]) }
    }),
    ...(isDiscovery ? [{ ...ofService, keys: [], discovery: 'any' } as const] : []),
  ]
  if (groups.length > 0) return groups
  throw fileUsage(command, howToName(place))
}

const shortest = ({ dashes }: Place): string => (dashes === '--' ? '-k' : `${dashes}key`)

const howToName = (place: Place): string => {
  const { command, use, dashes } = place
  const which = command === 'rewrap' ? (use === 'wrap' ? 'the new key' : 'the old key') : 'a key'
  const list = dashes === '--' ? '-w' : `${dashes}wrapping-keys`
  const named = `name ${which}: ${shortest(place)} alias/app, or ${list} key=…`
  return use === 'wrap' ? `${named}.` : `${named}; or accept any by ${dashes}discovery.`
}

/** Both names of AWS's own provider; the second one says where it comes from. */
const kmsProviders = ['aws-kms', 'aws-encryption-sdk-cli::aws-kms']

const group = (place: Place, words: readonly string[]): KeyGroup => {
  const { command } = place
  const flag = flagOf(place)
  const provider = onlyValue(command, flag, parsePairs(command, flag, words), 'provider')
  if (provider === undefined || kmsProviders.includes(provider)) return kmsGroup(place, words)
  if (!Object.hasOwn(rawNames, provider)) {
    const known = ['aws-kms', ...Object.keys(rawNames)].join(', ')
    throw fileUsage(command, `there is no provider ${provider}; there are ${known}.`)
  }
  const kind = provider as RawGroup['kind']
  const values = parsePairs(command, flag, words, ['provider', ...rawNames[kind]])
  if (values.has('key-file') || values.has('peer-key-file')) return { kind, values }
  throw fileUsage(command, `${flag} provider=${kind} needs key-file=.`)
}

const flagOf = ({ dashes }: Place): string => `${dashes}wrapping-keys`

const kmsGroup = (place: Place, words: readonly string[]): KmsGroup => {
  const { command, use } = place
  const flag = flagOf(place)
  const pairs = parsePairs(command, flag, words, kmsNames)
  const one = (name: string): string | undefined => onlyValue(command, flag, pairs, name)
  const keys = [...new Set(pairs.get('key'))]
  if (use === 'wrap' && [...pairs.keys()].some((name) => name.startsWith('discovery')))
    throw fileUsage(command, 'discovery is for decryption: name the key with key=.')
  const isDiscovery = parseBoolean(command, one('discovery'))
  const partition = one('discovery-partition')
  const accounts = pairs.get('discovery-account') ?? []
  const base = { kind: 'kms', keys, region: one('region'), profile: one('profile') } as const
  if ((partition === undefined) !== (accounts.length === 0))
    throw fileUsage(command, 'discovery-partition= and discovery-account= go together.')
  if (isDiscovery !== true) {
    if (partition !== undefined)
      throw fileUsage(command, 'discovery-partition= goes with discovery=true.')
    if (keys.length === 0) throw fileUsage(command, `${flag} needs key=${orDiscovery(use)}.`)
    return { ...base, discovery: undefined }
  }
  if (keys.length > 0) throw fileUsage(command, 'key= and discovery=true exclude each other.')
  return { ...base, discovery: partition === undefined ? 'any' : { partition, accounts } }
}

const orDiscovery = (use: KeyUse): string => (use === 'wrap' ? '' : ', or discovery=true')

/** The words that AWS's command line takes for either. */
const booleans = {
  true: ['true', 't', '1', 'yes', 'y'],
  false: ['false', 'f', '0', 'no', 'n'],
}

const parseBoolean = (command: FileCommand, text: string | undefined): boolean | undefined => {
  if (text === undefined) return undefined
  const word = text.toLowerCase()
  if (booleans.true.includes(word)) return true
  if (booleans.false.includes(word)) return false
  throw fileUsage(command, `discovery is true or false; not ${text}.`)
}
