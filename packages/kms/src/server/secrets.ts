import { onceFor } from '../api/once-for.ts'
import type { Members } from '../api/shapes.ts'

/** Which members a row marks as secret. */
export const secretNamesOf = onceFor((members: Members): readonly string[] =>
  Object.keys(members).filter((name) => {
    const shape = members[name]?.shape
    return shape?.kind === 'blob' && shape.sensitive === true
  }),
)

/** Zeroes the plaintexts and data keys of an input or output that nobody needs any more. */
export const eraseSecrets = (members: Members | undefined, value: unknown): void => {
  if (members === undefined || typeof value !== 'object' || value === null) return
  for (const name of secretNamesOf(members)) {
    const bytes = (value as { readonly [member: string]: unknown })[name]
    if (bytes instanceof Uint8Array) bytes.fill(0)
  }
}
