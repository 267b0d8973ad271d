/** What streams and the command were to reach. */
import { availableParallelism } from 'node:os'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import type { CommandCourse } from './command.ts'
import type { Cores } from './contestant.ts'
import { commandNames } from './programs.ts'
import type { Taken } from './rounds.ts'
import { keyholdNames, limitNames } from './setting.ts'
import { count, takenOf } from './stream-tables.ts'
import { type Course, largePieces, usualFrameLength, ways } from './streams.ts'
import { type Pair, ratioTarget, type Target, userTexts } from './targets.ts'
import type { Way } from './work.ts'

/** All of the streams' targets, of each operation. Frames are of the default length unless it says so. */
export const streamTargets = (courses: readonly Course[]): readonly Target[] =>
  courses.flatMap((course) =>
    course.signing === 'signed'
      ? signedTargets(course)
      : [...cipherTargets(course), ...coresTargets(course), ...clientTargets(course)],
  )

const keyholdOf = (
  course: Course,
  way: Way,
  cores: Cores,
  frameLength = defaultFrameLength,
): Taken | undefined => takenOf(course, keyholdNames[way], cores, frameLength)

const cipherOf = (course: Course, limit: 'one-cipher' | 'one-cipher-let-go'): Taken | undefined =>
  takenOf(course, limitNames[limit], 'one')

/** The cipher object leaves its output to the collector; the last row is of one that does not. */
const cipherTargets = (course: Course): readonly Target[] =>
  ways.flatMap((way) => {
    const what = `${course.operation}, ${userTexts[way]}, one core / one cipher object`
    const one = keyholdOf(course, way, 'one')
    const large = `${keyholdNames[way]}${largePieces}`
    return [
      ratioTarget(what, 0.9, { one, other: cipherOf(course, 'one-cipher') }),
      ratioTarget(`${what}${largePieces}`, 0.9, {
        one: takenOf(course, large, 'one', defaultFrameLength),
        other: takenOf(course, `${limitNames['one-cipher']}${largePieces}`, 'one'),
      }),
      ratioTarget(`  ${what} that lets go of its output`, undefined, {
        one,
        other: cipherOf(course, 'one-cipher-let-go'),
      }),
    ]
  })

/** What more cores bring. It is wall time that they save: CPU times would say nothing. */
const coresTarget = (what: string, pair: Pair): Target => {
  const cores = availableParallelism()
  return ratioTarget(`${what}, ${cores} cores / one`, cores === 2 ? 1.7 : undefined, pair, false)
}

const coresTargets = (course: Course): readonly Target[] => {
  const { operation } = course
  const target = (way: Way, frameLength: number): Target =>
    coresTarget(`${operation}, ${userTexts[way]}, frames of ${count(frameLength)}`, {
      one: keyholdOf(course, way, 'all', frameLength),
      other: keyholdOf(course, way, 'one', frameLength),
    })
  const onEach = takenOf(course, 'one cipher on each core', 'all')
  const cipher = { one: onEach, other: cipherOf(course, 'one-cipher') }
  return [
    ...ways.map((way) => target(way, defaultFrameLength)),
    // Of two cores both take such frames by default, and no long ones.
    target('into', usualFrameLength),
    ratioTarget(`  ${operation}, a cipher object on each core / one`, undefined, cipher, false),
  ]
}

/** Node streams both, for it has no other way. */
const clientTargets = (course: Course): readonly Target[] =>
  (['all', 'one'] as const).map((cores) =>
    ratioTarget(
      `${course.operation}, Node streams / client-node at its default, ${cores === 'all' ? 'all cores' : 'one core'}`,
      8,
      {
        one: keyholdOf(course, 'stream', cores),
        other: takenOf(course, 'client-node', cores, usualFrameLength),
      },
    ),
  )

const signedTargets = (course: Course): readonly Target[] => {
  const hash = takenOf(course, limitNames.sha384, 'one')
  return ways.flatMap((way) => {
    const what = `${course.operation}, signed, ${userTexts[way]}`
    const [all, one] = [keyholdOf(course, way, 'all'), keyholdOf(course, way, 'one')]
    return [
      ratioTarget(`${what}, all cores / SHA-384`, 0.9, { one: all, other: hash }, false),
      ratioTarget(`  ${what}, one core / SHA-384, which leaves no time for AES`, undefined, {
        one,
        other: hash,
      }),
    ]
  })
}

/** The command unsigned: age signs nothing. It reads, encrypts and writes side by side. */
export const commandTargets = (courses: readonly CommandCourse[]): readonly Target[] =>
  courses.flatMap((course) => {
    const what = `${course.operation}, command, file to ${course.destination}`
    const keyhold = (cores: Cores) => takenOf(course, commandNames.unsigned, cores)
    return [
      ratioTarget(`${what} / age`, 1, {
        one: keyhold('all'),
        other: takenOf(course, 'age', 'all'),
      }),
      coresTarget(what, { one: keyhold('all'), other: keyhold('one') }),
    ]
  })
