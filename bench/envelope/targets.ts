/** What was to be reached, and whether it was. */
import { availableParallelism } from 'node:os'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { type Spread, spreadText, tableText } from '../statistics.ts'
import { type CommandCourse, commandUnsigned } from './command.ts'
import type { Cores } from './contestant.ts'
import { cpuRatio, speedRatio, type Taken } from './rounds.ts'
import { mib } from './setting.ts'
import { takenOf } from './stream-tables.ts'
import { type Course, largePieces, usualFrameLength } from './streams.ts'
import type { Operation } from './work.ts'

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

type Pair = { readonly one: Taken | undefined; readonly other: Taken | undefined }

/** How many times as fast one is as the other, as a target. CPU times compare what is alike. */
const ratioTarget = (
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

/** All of the streams' targets, of each operation. */
export const streamTargets = (courses: readonly Course[]): readonly Target[] =>
  courses.flatMap((course) => {
    const { operation } = course
    const keyhold = (cores: Cores): Taken | undefined =>
      takenOf(course, 'keyhold', cores, defaultFrameLength)
    return course.signing === 'signed'
      ? signedTargets(course, operation, keyhold)
      : unsignedTargets(course, operation, keyhold)
  })

const unsignedTargets = (
  course: Course,
  operation: Operation,
  keyhold: (cores: Cores) => Taken | undefined,
): readonly Target[] => {
  const cipher = takenOf(course, 'one cipher', 'one')
  const large = {
    one: takenOf(course, `keyhold${largePieces}`, 'one', defaultFrameLength),
    other: takenOf(course, `one cipher${largePieces}`, 'one'),
  }
  const client = (cores: Cores) => takenOf(course, 'client-node', cores, usualFrameLength)
  const cores = availableParallelism()
  return [
    ratioTarget(`${operation}, one core / one cipher object`, 0.9, {
      one: keyhold('one'),
      other: cipher,
    }),
    ratioTarget(`${operation}, one core / one cipher object${largePieces}`, 0.9, large),
    ratioTarget(
      `${operation}, ${cores} cores / one`,
      cores === 2 ? 1.7 : undefined,
      { one: keyhold('all'), other: keyhold('one') },
      false,
    ),
    ratioTarget(
      `  the same of a cipher object on each core`,
      undefined,
      { one: takenOf(course, 'one cipher on each core', 'all'), other: cipher },
      false,
    ),
    ratioTarget(`${operation} / client-node at its default, all cores`, 8, {
      one: keyhold('all'),
      other: client('all'),
    }),
    ratioTarget(`${operation} / client-node at its default, one core`, 8, {
      one: keyhold('one'),
      other: client('one'),
    }),
  ]
}

const signedTargets = (
  course: Course,
  operation: Operation,
  keyhold: (cores: Cores) => Taken | undefined,
): readonly Target[] => {
  const hash = takenOf(course, 'SHA-384', 'one')
  return [
    ratioTarget(
      `${operation}, signed, all cores / SHA-384`,
      0.9,
      { one: keyhold('all'), other: hash },
      false,
    ),
    ratioTarget(
      `  ${operation}, signed, one core / SHA-384, which leaves no time for AES`,
      undefined,
      { one: keyhold('one'), other: hash },
    ),
  ]
}

/** The command beside age, which signs nothing: so unsigned. */
export const commandTargets = (courses: readonly CommandCourse[]): readonly Target[] =>
  courses.map((course) =>
    ratioTarget(`${course.operation}, file to ${course.destination} / age`, 1, {
      one: takenOf(course, commandUnsigned, 'all'),
      other: takenOf(course, 'age', 'all'),
    }),
  )

const peakMibMost = 200

export const memoryTarget = (peaks: readonly { readonly peakBytes: number }[]): Target => {
  const most = Math.max(...peaks.map(({ peakBytes }) => peakBytes)) / mib
  const measured = peaks.length === 0 ? undefined : { median: most, min: most, max: most }
  const verdict = verdictOf(measured, peakMibMost, 'below')
  return { what: 'peak memory, MiB', bound: peakMibMost, measured, byCpu: undefined, verdict }
}

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
