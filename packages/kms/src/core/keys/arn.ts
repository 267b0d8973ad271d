import { KmsError } from '../../api/errors.ts'
import { partitionOf } from '../regions.ts'

/** Where something lives: a Region of an account. Every key and alias belongs to one. */
export type Place = { readonly region: string; readonly account: string }

/** What a key identifier of a request points at. */
export type KeyReference =
  | (Place & { readonly kind: 'key'; readonly keyId: string })
  | (Place & { readonly kind: 'alias'; readonly name: string })

export const keyArn = (place: Place, keyId: string): string =>
  `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:key/${keyId}`

export const aliasArn = (place: Place, name: string): string =>
  `arn:${partitionOf(place.region)}:kms:${place.region}:${place.account}:${name}`

export const rootArn = (place: Place): string =>
  `arn:${partitionOf(place.region)}:iam::${place.account}:root`

/** A UUID with its dashes, or the id of a multi-Region key. */
const keyIdForm =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/

/**
 * Reads a key identifier in any of AWS's four forms: key id, key ARN, alias name, alias ARN; the
 * two alias forms only where `aliases` says that the operation takes them. `here` is where the
 * request came in, and what the short forms mean. Throws NotFoundException in AWS's words.
 */
export const parseKeyReference = (text: string, here: Place, aliases: boolean): KeyReference => {
  if (text.startsWith('arn:')) return parseArn(text, here, aliases)
  if (aliases && text.startsWith('alias/')) return { kind: 'alias', ...here, name: text }
  if (!keyIdForm.test(text)) throw invalidKeyId(text)
  return { kind: 'key', ...here, keyId: text }
}

const parseArn = (text: string, here: Place, aliases: boolean): KeyReference => {
  const [, partition, service, region, account, ...rest] = text.split(':')
  const resource = rest.join(':')
  if (region === undefined || account === undefined || service !== 'kms') throw invalidArn(text)
  if (!/^[0-9]{12}$/.test(account)) throw invalidArn(text)
  // AWS names the Region alone here, not the ARN.
  if (region !== here.region) throw invalidArn(region)
  if (partition !== partitionOf(region)) throw invalidArn(text)
  if (resource.startsWith('key/')) {
    const keyId = resource.slice(4)
    if (!keyIdForm.test(keyId)) throw invalidKeyId(keyId)
    return { kind: 'key', region, account, keyId }
  }
  if (aliases && resource.startsWith('alias/'))
    return { kind: 'alias', region, account, name: resource }
  throw invalidArn(text)
}

const cut = (text: string): string => (text.length > 256 ? `${text.slice(0, 256)}...` : text)

const invalidKeyId = (text: string): KmsError =>
  new KmsError('NotFoundException', `Invalid keyId '${cut(text)}'`)

const invalidArn = (text: string): KmsError =>
  new KmsError('NotFoundException', `Invalid arn ${cut(text)}`)

export const keyNotFound = (arn: string): KmsError =>
  new KmsError('NotFoundException', `Key '${arn}' does not exist`)

export const aliasNotFound = (arn: string): KmsError =>
  new KmsError('NotFoundException', `Alias ${arn} is not found.`)
