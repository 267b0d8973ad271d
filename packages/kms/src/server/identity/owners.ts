import type { OwnerKind } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'

/** What policies are given to: a user, a group or a role. */
export type Owner = { readonly kind: OwnerKind; readonly id: string; readonly name: string }

/** Throws NoSuchEntityException. */
export const requireOwner = async (call: Call, kind: OwnerKind, name: string): Promise<Owner> => {
  const { account } = call.place
  switch (kind) {
    case 'user':
      return { kind, name, id: (await call.identities.require(account, kind, name)).userId }
    case 'group':
      return { kind, name, id: (await call.identities.require(account, kind, name)).groupId }
    case 'role':
      return { kind, name, id: (await call.identities.require(account, kind, name)).roleId }
  }
}
