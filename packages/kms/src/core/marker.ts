import { createHmac, type KeyObject } from 'node:crypto'
import { KmsError } from '../api/errors.ts'
import { equalConstantTime, lengthPrefixed } from './crypto/bytes.ts'

export const invalidMarker = (): KmsError =>
  new KmsError('InvalidMarkerException', 'The marker is not valid.')

const tagBytes = 16

/**
 * Pagination markers: where the next page begins, authenticated and bound to the listing that made
 * it. A marker of another operation, account, Region or filter is as invalid as one made up.
 */
export class Markers {
  readonly #key: KeyObject
  constructor(key: KeyObject) {
    this.#key = key
  }

  /** `listing` names the operation, its caller's account, the Region and the filter. */
  encode(listing: readonly string[], lastId: string): string {
    const id = Buffer.from(lastId)
    return Buffer.concat([this.#tag(listing, lastId), id]).toString('base64url')
  }

  /** The id to go on after; `undefined` without a marker. Throws InvalidMarkerException. */
  decode(listing: readonly string[], marker: string | undefined): string | undefined {
    if (marker === undefined) return undefined
    const bytes = Buffer.from(marker, 'base64url')
    const lastId = bytes.subarray(tagBytes).toString()
    const expected = this.encode(listing, lastId)
    if (!equalConstantTime(Buffer.from(expected), Buffer.from(marker))) throw invalidMarker()
    return lastId
  }

  #tag(listing: readonly string[], lastId: string): Uint8Array {
    return createHmac('sha256', this.#key)
      .update(lengthPrefixed('keyhold/marker/v1', ...listing, lastId))
      .digest()
      .subarray(0, tagBytes)
  }
}
