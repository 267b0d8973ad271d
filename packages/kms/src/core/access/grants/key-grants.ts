import type { Grant } from './grant.ts'
import { GrantIndex } from './grant-index.ts'
import type { GrantName } from './token.ts'

/** A grant that came, or went if there is none. */
export type GrantChange = GrantName & { readonly grant: Grant | undefined }

/** What is in memory of the grants on one key. */
export class KeyGrants {
  /** False: the key has no grants at all, as most keys. */
  readonly hasAny: boolean
  readonly index = new GrantIndex()
  /** The names of grantees whose grants are all in the index. */
  readonly names = new Set<string>()
  /** Since it was last to be forgotten, or came into memory. */
  wasUsed = false
  /** How many grants the key has, once they were counted. */
  count: number | undefined

  constructor(hasAny: boolean) {
    this.hasAny = hasAny
    this.count = hasAny ? undefined : 0
  }

  /** How many entries it keeps in memory. */
  get weight(): number {
    return 1 + this.names.size + this.index.size
  }

  /** Whether it knows all grants to these names. */
  knows(names: readonly string[]): boolean {
    return !this.hasAny || names.every((name) => this.names.has(name))
  }

  /** Takes over a change; one that is in the index already makes no difference. */
  apply({ grantId, grant }: GrantChange): void {
    if (grant === undefined) this.index.delete(grantId)
    else if (this.names.has(grant.grantee.name)) this.index.add(grant)
  }
}

/** A look-up of grants that is under way, and what it has to catch up with. */
export class GrantLoad {
  readonly missed: GrantChange[] = []
  /** What it finds is not known to be the newest any more. */
  isVoid = false
  readonly done: Promise<void>
  readonly end: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.end = resolve
  }
}
