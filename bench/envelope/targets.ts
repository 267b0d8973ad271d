/** What was to be reached, and whether it was. */
import { type Spread, spreadText, tableText } from '../statistics.ts'
import type { MemoryUser, Peak } from './memory.ts'
import { cpuRatio, speedRatio, type Taken } from './rounds.ts'
import { mib } from './setting.ts'

export type Verdict = 'met' | 'NOT MET' | 'not measured' | 'beside'

/** A figure beside what it should be; without a bound it is there to explain another one. */
export type Target = {
  readonly what: string
  readonly bound: number | undefined
  readonly measured: Spread | undefined
  /** The same by CPU time, where that says the same. */
  readonly byCpu: Spread | undefined
  readonly verdict: Verdict
}

/** Whether the median is where it should be: at least at the bound, or below it. */
export const verdictOf = (
  measured: Spread | undefined,
  bound: number | undefined,
  side: 'least' | 'below' = 'least',
): Verdict => {
  if (measured === undefined) return 'not measured'
  if (bound === undefined) return 'beside'
  const isMet = side === 'least' ? measured.median >= bound : measured.median < bound
  return isMet ? 'met' : 'NOT MET'
}

export type Pair = { readonly one: Taken | undefined; readonly other: Taken | undefined }

/** How many times as fast one is as the other, as a target. CPU times compare what is alike. */
export const ratioTarget = (
  what: string,
  bound: number | undefined,
  { one, other }: Pair,
  comparesCpu = true,
): Target => {
  const isThere = one !== undefined && other !== undefined
  const measured = isThere ? speedRatio(one, other) : undefined
  const byCpu = isThere && comparesCpu ? cpuRatio(one, other) : undefined
  return { what, bound, measured, byCpu, verdict: verdictOf(measured, bound) }
}

const peakMibMost = 200

/** Whose figure it is, as the rows say it. */
export const userTexts = {
  stream: 'Node streams',
  into: 'into',
  command: 'the command',
} as const satisfies Record<MemoryUser, string>

/** The greatest peak of each of those who have the memory. */
export const memoryTargets = (
  peaks: readonly Pick<Peak, 'user' | 'peakBytes'>[],
): readonly Target[] =>
  (['stream', 'into', 'command'] as const).map((user) => {
    const mine = peaks.filter((peak) => peak.user === user)
    const most = Math.max(...mine.map(({ peakBytes }) => peakBytes)) / mib
    const measured = mine.length === 0 ? undefined : { median: most, min: most, max: most }
    const verdict = verdictOf(measured, peakMibMost, 'below')
    const what = `peak memory of ${userTexts[user]}, MiB`
    return { what, bound: peakMibMost, measured, byCpu: undefined, verdict }
  })

export const targetsText = (targets: readonly Target[]): string => {
  const rows = targets.map(({ what, bound, measured, byCpu, verdict }) => [
    what,
    bound === undefined ? '' : bound === peakMibMost ? `< ${bound}` : `>= ${bound}`,
    measured === undefined ? '' : spreadText(measured, bound === peakMibMost ? 0 : 2),
    byCpu === undefined ? '' : spreadText(byCpu, 2),
    verdict,
  ])
  const head = ['to reach', 'bound', 'measured', 'by CPU', '']
  return `\n${tableText([head, ...rows])}`
}
