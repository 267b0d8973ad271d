import type { KeyObject } from 'node:crypto'
import type { Random } from '../../ports.ts'
import type { Hierarchy } from '../../seal/hierarchy.ts'
import { decodeGrantToken, encodeGrantToken, type GrantName, type GrantTokenKeys } from './token.ts'

/** Makes and reads grant tokens with the keys of the service, each derived once. */
export class GrantTokens {
  readonly #keys: GrantTokenKeys
  readonly #random: Random

  constructor(hierarchy: Hierarchy, random: Random) {
    const current = hierarchy.tokenKey('grant')
    const derived = new Map<number, KeyObject>([[current.version, current.key]])
    this.#random = random
    this.#keys = {
      current,
      byVersion: (version) => {
        const key = derived.get(version) ?? hierarchy.tokenKeyOf('grant', version)
        if (key !== undefined) derived.set(version, key)
        return key
      },
    }
  }

  encode(grant: GrantName): string {
    return encodeGrantToken(grant, this.#keys, this.#random)
  }

  /** Throws InvalidGrantTokenException. Whether the grant exists is not asked. */
  decode(token: string): GrantName {
    return decodeGrantToken(token, this.#keys)
  }
}
