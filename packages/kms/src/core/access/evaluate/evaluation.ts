import { foldContext } from '../grants/constraints.ts'
import { grantOperationOf } from '../grants/operations.ts'
import { type GrantUse, noContext } from '../grants/permits.ts'
import { arnParts } from '../matching/arn-pattern.ts'
import type { Resolve } from '../matching/template.ts'
import type { Principal } from '../principals/principal.ts'
import type { AccessRequest } from './request.ts'

const noValues: readonly string[] = []

/** One request on its way through the policies: remembers what was looked up. */
export class Evaluation {
  readonly request: AccessRequest
  readonly principal: Principal
  /** Whether the principal has a permissions boundary: no NotPrincipal exempts it then. */
  readonly isBounded: boolean
  #values: Map<string, readonly string[]> | undefined
  #resolve: Resolve | undefined
  #resourceParts: readonly string[] | undefined
  #grantUse: GrantUse | 'none' | undefined

  constructor(request: AccessRequest, isBounded: boolean) {
    this.request = request
    this.principal = request.principal
    this.isBounded = isBounded
  }

  /** The values of a condition key (case folded), none if the request does not have it. */
  values(key: string): readonly string[] {
    this.#values ??= new Map()
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const found = this.request.lookup(key) ?? noValues
    this.#values.set(key, found)
    return found
  }

  /** What a policy variable stands for. A key with several values cannot be a variable. */
  get resolve(): Resolve {
    this.#resolve ??= (key) => {
      const values = this.values(key)
      return values.length === 1 ? values[0] : undefined
    }
    return this.#resolve
  }

  get resourceParts(): readonly string[] {
    this.#resourceParts ??= arnParts(this.request.resource)
    return this.#resourceParts
  }

  /** The request as grants see it; `undefined` if none can allow its action. */
  get grantUse(): GrantUse | undefined {
    this.#grantUse ??= this.#makeGrantUse() ?? 'none'
    return this.#grantUse === 'none' ? undefined : this.#grantUse
  }

  #makeGrantUse(): GrantUse | undefined {
    const { action, resource, encryptionContext, childGrant } = this.request
    const operation = grantOperationOf(action)
    if (operation === undefined) return undefined
    return {
      operation,
      keyArn: resource,
      context: encryptionContext === undefined ? noContext : foldContext(encryptionContext),
      sourceArn: this.resolve('aws:sourcearn'),
      child: childGrant,
    }
  }
}
