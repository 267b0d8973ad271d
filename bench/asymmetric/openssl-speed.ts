import { spawnSync } from 'node:child_process'
import type { OpensslRate } from './cases.ts'

/** The version of the command, as it names itself; `undefined` where it is missing. */
export const opensslVersion = (): string | undefined => {
  const { status, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * Operations in a second of CPU by `openssl speed`. `undefined` where the command is missing or does
 * not know the algorithm.
 */
export const opensslRate = (wanted: OpensslRate, seconds: number): number | undefined => {
  const args = ['speed', '-seconds', String(seconds), '-mr', wanted.algorithm]
  const { status, stdout } = spawnSync('openssl', args, { encoding: 'utf8' })
  return status === 0 ? rateIn(stdout, wanted.rate) : undefined
}

/** In a line for machines: where the first of the two rates stands, by the kind of the line. */
const rateAt: { readonly [kind: string]: number } = { F2: 3, F4: 3, F5: 3, F6: 4 }

/** Of what `openssl speed -mr` prints, the rate of signing or deriving, or of verifying. */
export const rateIn = (output: string, rate: OpensslRate['rate']): number | undefined => {
  for (const line of output.split('\n')) {
    const fields = line.replace(/^\+/, '').split(':')
    const at = rateAt[fields[0] ?? '']
    if (at !== undefined) return Number(fields[rate === 'first' ? at : at + 1])
  }
  return undefined
}
