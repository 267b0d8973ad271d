import type { Members } from '../api/shapes.ts'

const secretNames = new WeakMap<Members, readonly string[]>()

/** Which members a row marks as secret; worked out once for each row. */
export const secretNamesOf = (members: Members): readonly string[] => {
  let names = secretNames.get(members)
  if (names === undefined) {
    names = Object.keys(members).filter((name) => {
      const shape = members[name]?.shape
      return shape?.kind === 'blob' && shape.sensitive === true
    })
    secretNames.set(members, names)
  }
  return names
}

/** Zeroes the plaintexts and data keys of an input or output that nobody needs any more. */
export const eraseSecrets = (members: Members | undefined, value: unknown): void => {
  if (members === undefined || typeof value !== 'object' || value === null) return
  for (const name of secretNamesOf(members)) {
    const bytes = (value as { readonly [member: string]: unknown })[name]
    if (bytes instanceof Uint8Array) bytes.fill(0)
  }
}
