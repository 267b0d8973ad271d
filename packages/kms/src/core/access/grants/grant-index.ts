import type { FoldedContext } from './constraints.ts'
import type { Grant } from './grant.ts'
import { idempotencyKey, type GrantRequest } from './idempotency.ts'
import { type GrantOperation, takesContext } from './operations.ts'
import type { GrantUse } from './permits.ts'

/**
 * The grants of one key, so that a request sees those alone that may be for it: by grantee, by
 * operation, and by the encryption context that they ask for. 50,000 grants, AWS's quota, cost a
 * request no more than a few.
 */
export class GrantIndex {
  readonly #byId = new Map<string, Grant>()
  /** Nothing stands under `undefined`, which is the key of a request without a name. */
  readonly #byRequest = new Map<string | undefined, Grant>()
  readonly #byGrantee = new Map<string, Map<GrantOperation, ByContext>>()

  constructor(grants: Iterable<Grant> = []) {
    for (const grant of grants) this.add(grant)
  }

  get size(): number {
    return this.#byId.size
  }

  /** A grant of the same id is replaced. */
  add(grant: Grant): void {
    const { record, grantee } = grant
    this.delete(record.grantId)
    this.#byId.set(record.grantId, grant)
    const key = idempotencyKey(record)
    if (key !== undefined && !this.#byRequest.has(key)) this.#byRequest.set(key, grant)
    const byOperation = this.#byGrantee.get(grantee.name) ?? new Map<GrantOperation, ByContext>()
    this.#byGrantee.set(grantee.name, byOperation)
    for (const operation of grant.operations) {
      const byContext = byOperation.get(operation) ?? new ByContext(takesContext(operation))
      byOperation.set(operation, byContext)
      byContext.add(grant)
    }
  }

  delete(grantId: string): void {
    const grant = this.#byId.get(grantId)
    if (grant === undefined) return
    this.#byId.delete(grantId)
    const key = idempotencyKey(grant.record)
    if (this.#byRequest.get(key) === grant) this.#byRequest.delete(key)
    const byOperation = this.#byGrantee.get(grant.grantee.name)!
    for (const operation of grant.operations) {
      const byContext = byOperation.get(operation)!
      byContext.delete(grant)
      if (byContext.isEmpty) byOperation.delete(operation)
    }
    if (byOperation.size === 0) this.#byGrantee.delete(grant.grantee.name)
  }

  byId(grantId: string): Grant | undefined {
    return this.#byId.get(grantId)
  }

  /** The grant that an earlier CreateGrant of the same name and parameters made. */
  sameAs(request: GrantRequest): Grant | undefined {
    return this.#byRequest.get(idempotencyKey(request))
  }

  /** The grants to any of these names that may permit the use; `permits` has the last word. */
  *candidates(names: readonly string[], use: GrantUse): Iterable<Grant> {
    for (const name of names) {
      const byContext = this.#byGrantee.get(name)?.get(use.operation)
      if (byContext !== undefined) yield* byContext.candidates(use.context)
    }
  }
}

/** Grants to one grantee for one operation, by the encryption context that they ask for. */
class ByContext {
  readonly #isConstrainable: boolean
  readonly #others = new Set<Grant>()
  /** Under the whole of what the context has to be equal to. */
  readonly #byEquals = new Map<string, Set<Grant>>()
  /** Under one of the pairs that the context has to contain. */
  readonly #byPair = new Map<string, Set<Grant>>()

  constructor(isConstrainable: boolean) {
    this.#isConstrainable = isConstrainable
  }

  get isEmpty(): boolean {
    return this.#others.size === 0 && this.#byEquals.size === 0 && this.#byPair.size === 0
  }

  add(grant: Grant): void {
    const place = this.#placeOf(grant)
    if (place === undefined) {
      this.#others.add(grant)
      return
    }
    const grants = place.map.get(place.key) ?? new Set()
    place.map.set(place.key, grants.add(grant))
  }

  delete(grant: Grant): void {
    const place = this.#placeOf(grant)
    if (place === undefined) {
      this.#others.delete(grant)
      return
    }
    const grants = place.map.get(place.key)!
    grants.delete(grant)
    if (grants.size === 0) place.map.delete(place.key)
  }

  *candidates(context: FoldedContext): Iterable<Grant> {
    yield* this.#others
    if (this.#byEquals.size > 0) yield* this.#byEquals.get(wholeText(context)) ?? []
    if (this.#byPair.size > 0)
      for (const [key, value] of context.pairs)
        if (value !== undefined) yield* this.#byPair.get(pairText(key, value)) ?? []
  }

  #placeOf(grant: Grant): { map: Map<string, Set<Grant>>; key: string } | undefined {
    if (!this.#isConstrainable) return undefined
    if (grant.equals !== undefined) return { map: this.#byEquals, key: wholeText(grant.equals) }
    const [pair] = grant.subset?.pairs ?? []
    if (pair === undefined) return undefined
    return { map: this.#byPair, key: pairText(pair[0], pair[1] ?? '') }
  }
}

/** The pairs in the order of their keys, each of them as `pairText` has it. */
const wholeText = ({ pairs }: FoldedContext): string => {
  if (pairs.size === 1) for (const [key, value] of pairs) return pairText(key, value ?? '')
  const keys = [...pairs.keys()].sort()
  return keys.map((key) => pairText(key, pairs.get(key) ?? '')).join('')
}

/** With their lengths, so that no two pairs, or lists of pairs, are the same text. */
const pairText = (key: string, value: string): string =>
  `${key.length}:${key}${value.length}:${value}`
