import { readFileSync } from 'node:fs'
import { sharedPath } from './shared.ts'

/** Reads a file of Wycheproof's test vectors; the caller says what shape it has. */
export const readVectors = (name: string): unknown =>
  JSON.parse(readFileSync(sharedPath(`vectors/wycheproof/${name}_test.json`), 'utf8'))
