import { type NamedKind, nameRowId } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { alreadyExists, overQuota } from './family.ts'

const shown = { user: 'User', group: 'Group', role: 'Role' } as const

/** Throws EntityAlreadyExistsException if the name is taken, in whatever case of letters. */
export const requireNewName = async (
  call: Call,
  kind: keyof typeof shown,
  name: string,
): Promise<void> => {
  const taken = await call.identities.idOfName(call.place.account, kind, name)
  if (taken !== undefined) throw alreadyExists(shown[kind], name)
}

/** Refuses to make one more of its kind than the account may have. */
export const requireRoom = async (
  call: Call,
  kind: NamedKind,
  max: number,
  quota: string,
): Promise<void> => {
  const idPrefix = nameRowId(call.place.account, kind, '')
  const ids = await call.state.listIds({ table: 'identity_name', idPrefix, limit: max })
  if (ids.length >= max) throw overQuota(quota, max)
}

/** Gives a new user, group, role or policy its name. */
export const putName = (call: Call, kind: NamedKind, name: string, id: string): void => {
  call.change.put('identity_name', nameRowId(call.place.account, kind, name), { id })
}

export const removeName = (call: Call, kind: NamedKind, name: string): void => {
  call.change.remove('identity_name', nameRowId(call.place.account, kind, name))
}

/** Gives one that exists another name, which may differ in the case of its letters alone. */
export const changeName = async (
  call: Call,
  kind: keyof typeof shown,
  id: string,
  from: string,
  to: string,
): Promise<void> => {
  if (from.toLowerCase() === to.toLowerCase()) return
  await requireNewName(call, kind, to)
  removeName(call, kind, from)
  putName(call, kind, to, id)
}
