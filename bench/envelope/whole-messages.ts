/** How fast are whole messages that are in memory, small and not so small? */
import { Scope } from '../children.ts'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { spreadText, tableText } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { figuresOf, interleaved, speedRatio, type Taken } from './rounds.ts'
import {
  clientNodeContestant,
  keyholdContestant,
  kib,
  limitContestant,
  mib,
  pythonContestant,
  type Setting,
} from './setting.ts'
import { count, disturbanceText, kept, takenOf } from './stream-tables.ts'
import { type Course, frameLengths, operations, signings } from './streams.ts'
import type { Operation, Signing } from './work.ts'

type SizedCourse = Course & { readonly plaintextBytes: number }

const sizes = [kib, mib]

export const measureWholeMessages = async (
  setting: Setting,
): Promise<{ readonly text: string; readonly figures: object }> => {
  const courses: SizedCourse[] = []
  for (const plaintextBytes of sizes)
    for (const signing of signings)
      for (const operation of operations) {
        await using scope = new Scope()
        const about = `messages of ${count(plaintextBytes)} B, ${signing} ${operation}`
        const tell = (text: string): void => setting.tell(`${about}: ${text}`)
        const contestants = await contestantsOf(scope, setting, plaintextBytes, operation, signing)
        const taken = await interleaved(contestants, setting.rounds, tell)
        courses.push({ plaintextBytes, operation, signing, taken })
      }
  return { text: textOf(courses), figures: kept(courses) }
}

const contestantsOf = async (
  scope: Scope,
  setting: Setting,
  plaintextBytes: number,
  operation: Operation,
  signing: Signing,
): Promise<readonly Contestant[]> => {
  const shape = { kind: 'messages', plaintextBytes, durationMs: 200 } as const
  const contestants: Promise<readonly Contestant[]>[] = []
  // Where there is one frame, its greatest length makes no difference.
  for (const frameLength of plaintextBytes > kib ? frameLengths : [defaultFrameLength]) {
    const asked = { operation, signing, frameLength, shape }
    for (const cores of ['one', 'all'] as const)
      contestants.push(keyholdContestant(scope, cores, asked).then((one) => [one]))
    contestants.push(clientNodeContestant(scope, setting, 'one', asked))
    contestants.push(pythonContestant(scope, setting, 'one', asked))
  }
  const limit = limitContestant(
    scope,
    'one-cipher',
    { operation, signing, shape },
    { name: 'a cipher each' },
  )
  return [...(await Promise.all(contestants)).flat(), await limit]
}

const textOf = (courses: readonly SizedCourse[]): string => {
  const head = ['contestant', 'cores', 'frame', 'keyhold / it', 'messages/s', 'MB/s', 'CPU us each']
  const tables = courses.map((course) => {
    const rows = course.taken.map((one) => {
      const { messagesPerSecond, mbPerSecond, cpuMicrosPerMessage } = figuresOf(one)
      return [
        one.name,
        one.cores,
        one.frameLength === undefined ? '' : count(one.frameLength),
        ratioText(course, one),
        spreadText(messagesPerSecond),
        spreadText(mbPerSecond, 1),
        spreadText(cpuMicrosPerMessage, 1),
      ]
    })
    const { plaintextBytes, operation, signing } = course
    const about = `${operation}, ${signing}, ${count(plaintextBytes)} B`
    return `\n  ${about}\n${tableText([head, ...rows])}`
  })
  return (
    '\nwhole messages in memory, raw AES keyring, a data key each, one after the other\n' +
    tables.join('') +
    '  a cipher each: a cipher object per message and nothing else of a message\n' +
    disturbanceText(courses.flatMap(({ taken }) => taken))
  )
}

const ratioText = (course: Course, one: Taken): string => {
  if (one.name === 'keyhold') return ''
  const keyhold = takenOf(course, 'keyhold', one.cores, one.frameLength ?? defaultFrameLength)
  return keyhold === undefined ? '' : spreadText(speedRatio(keyhold, one), 2)
}
