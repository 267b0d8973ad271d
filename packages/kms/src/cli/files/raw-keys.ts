import {
  EnvelopeError,
  type Keyring,
  rawAesKeyring,
  rawEcdhKeyring,
  type RawEcdhKeyringOptions,
  rawRsaKeyring,
  type RsaPadding,
} from '@keyhold/envelope'
import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, exitCode, type Io } from '../io.ts'
import { expand } from '../paramfile.ts'
import { explain } from './explain.ts'
import type { RawGroup } from './wrapping-keys.ts'

/** What messages call a raw key whose command line gave it no name. */
const namespaceDefault = 'keyhold'

/** A keyring over keys that lie in files. Throws a sentence for a file that holds no such key. */
export const openRawKeys = async (
  group: RawGroup,
  io: Pick<Io, 'cwd' | 'env'>,
): Promise<Keyring> => {
  try {
    return await openers[group.kind](group, io)
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error
    const files = [...(group.values.get('key-file') ?? []), ...(group.values.get(peerFile) ?? [])]
    throw new CliError(exitCode.configuration, `${files.join(', ')}: ${error.message}`)
  }
}

const peerFile = 'peer-key-file'

const valueOf = ({ values, kind }: RawGroup, name: string): string | undefined => {
  const [value, ...others] = values.get(name) ?? []
  if (others.length === 0) return value
  throw wrong(`provider=${kind} has more than one ${name}=`)
}

type Opener = (group: RawGroup, io: Pick<Io, 'cwd' | 'env'>) => Promise<Keyring>

const openAes: Opener = async (group, io) => {
  const path = valueOf(group, 'key-file') ?? ''
  const bytes = await readKey(path, io)
  const key = aesKey(bytes)
  if (key === undefined)
    throw wrong(
      `${path} is no AES key: it has to hold 16, 24 or 32 bytes, or as many in hex` +
        (isBase64(bytes) ? '; it looks like base64, which has to be decoded first' : ''),
    )
  try {
    return rawAesKeyring({ ...names(group), key })
  } finally {
    key.fill(0)
    bytes.fill(0)
  }
}

/** Raw bytes, or hex digits with white space around them. */
const aesKey = (bytes: Uint8Array): Uint8Array | undefined => {
  const text = textOf(bytes)
  // First: 32 digits are a key of 16 bytes, whether or not a line end follows. No random key is so.
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i.test(text)) return ofHex(text)
  return [16, 24, 32].includes(bytes.length) ? bytes : undefined
}

/** Into memory of its own, for it is zeroed later. */
const ofHex = (text: string): Uint8Array => {
  const bytes = Buffer.alloc(text.length / 2)
  bytes.write(text, 'hex')
  return bytes
}

const isBase64 = (bytes: Uint8Array): boolean =>
  /^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{43}=)$/.test(textOf(bytes))

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').trim()

const paddings: { readonly [name: string]: RsaPadding } = {
  'oaep-sha1': 'OAEP_SHA1',
  'oaep-sha256': 'OAEP_SHA256',
  'oaep-sha384': 'OAEP_SHA384',
  'oaep-sha512': 'OAEP_SHA512',
  pkcs1: 'PKCS1',
}

const openRsa: Opener = async (group, io) => {
  const wanted = (valueOf(group, 'padding') ?? 'oaep-sha256').toLowerCase()
  const padding = Object.hasOwn(paddings, wanted) ? paddings[wanted] : undefined
  if (padding === undefined)
    throw wrong(`There is no padding ${wanted}; there are ${Object.keys(paddings).join(', ')}`)
  const halves: { publicKey?: string; privateKey?: string } = {}
  for (const path of group.values.get('key-file') ?? []) {
    const pem = await readPem(path, io)
    halves[isPrivate(pem) ? 'privateKey' : 'publicKey'] = pem
  }
  return rawRsaKeyring({ ...names(group), padding, ...halves })
}

const curves = ['P-256', 'P-384', 'P-521'] as const

/** One private key reads; a public one writes; a private one and a peer's public one do both. */
const openEcdh: Opener = async (group, io) => {
  const own = valueOf(group, 'key-file')
  const peer = valueOf(group, peerFile)
  const ownPem = own === undefined ? undefined : await readPem(own, io)
  const peerPem = peer === undefined ? undefined : await readPem(peer, io)
  const wanted = valueOf(group, 'curve') ?? curveOf(ownPem ?? peerPem ?? '')
  const curve = curves.find((name) => name === wanted.toUpperCase())
  if (curve === undefined)
    throw wrong(`There is no curve ${wanted}; there are ${curves.join(', ')}`)
  return rawEcdhKeyring({ curve, ...parties(ownPem, peerPem) } as RawEcdhKeyringOptions)
}

/** The curve of a key by NIST's name; of anything else the first one, which the keyring refuses. */
const curveOf = (pem: string): string => {
  const names: { readonly [name: string]: string } = { secp384r1: 'P-384', secp521r1: 'P-521' }
  try {
    const name = createPublicKey(pem).asymmetricKeyDetails?.namedCurve ?? ''
    return (Object.hasOwn(names, name) ? names[name] : undefined) ?? curves[0]
  } catch {
    return curves[0]
  }
}

const parties = (own: string | undefined, peer: string | undefined) => {
  if (own !== undefined && peer !== undefined && isPrivate(own))
    return { schema: 'static', privateKey: own, peerPublicKey: peer }
  const only = peer ?? own ?? ''
  if (isPrivate(only)) return { schema: 'discovery', recipientPrivateKey: only }
  return { schema: 'ephemeral', recipientPublicKey: only }
}

const openers = {
  'raw-aes': openAes,
  'raw-rsa': openRsa,
  'raw-ecdh': openEcdh,
} satisfies Record<RawGroup['kind'], Opener>

const names = (group: RawGroup): { namespace: string; name: string } => ({
  namespace: valueOf(group, 'namespace') ?? namespaceDefault,
  name: valueOf(group, 'name') ?? group.kind,
})

const isPrivate = (pem: string): boolean => pem.includes('PRIVATE KEY-----')

const readPem = async (path: string, io: Pick<Io, 'cwd' | 'env'>): Promise<string> => {
  const text = textOf(await readKey(path, io))
  if (!text.includes('-----BEGIN ')) throw wrong(`${path} is no key in PEM`)
  if (text.includes('BEGIN OPENSSH'))
    throw wrong(`${path} is a key of OpenSSH: ssh-keygen -p -m PKCS8 -f rewrites it in PEM`)
  if (text.includes('ENCRYPTED'))
    throw wrong(`${path} is protected by a passphrase: openssl pkey -in makes one that is not`)
  return text
}

const readKey = async (path: string, io: Pick<Io, 'cwd' | 'env'>): Promise<Uint8Array> => {
  try {
    return new Uint8Array(await readFile(resolve(io.cwd, expand(path, io.env))))
  } catch (error) {
    const why = `The key file cannot be read: ${explain(error).message}`
    throw new CliError(exitCode.configuration, why, { cause: error })
  }
}

const wrong = (why: string): CliError => new CliError(exitCode.configuration, `${why}.`)
