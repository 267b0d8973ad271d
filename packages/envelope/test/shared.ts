import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env['KEYHOLD_SHARED'] ?? join(import.meta.dirname, '../../../../shared')

/** A file of the test vectors that live beside the repository. Throws where they are missing. */
export const sharedPath = (path: string): string => {
  const file = join(root, path)
  if (!existsSync(file)) throw new Error(`the test vectors are missing: ${file}`)
  return file
}
