/** Which default frame length is right? The rates of one stream with frames of each length. */
import { Scope } from '../children.ts'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { spreadText, tableText } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { figuresOf, interleaved, speedRatio } from './rounds.ts'
import { keyholdContestant, kib, keyholdNames, mib, type Setting } from './setting.ts'
import { count, disturbanceText, kept, takenOf } from './stream-tables.ts'
import { type Course, operations, pieceBytes, usualFrameLength } from './streams.ts'

const lengths = Array.from({ length: 9 }, (_, power) => (4 * kib) << power)
/** What a frame adds to its plaintext: number, IV and tag. */
const frameOverhead = 32

export const measureFrameLengths = async (
  setting: Setting,
): Promise<{ readonly text: string; readonly figures: object }> => {
  const courses: Course[] = []
  for (const operation of operations) {
    await using scope = new Scope()
    const tell = (text: string): void => setting.tell(`frame lengths, ${operation}: ${text}`)
    const contestants: Promise<Contestant>[] = []
    for (const frameLength of lengths)
      for (const cores of ['one', 'all'] as const) {
        const plaintextBytes = Math.min(256 * mib, setting.streamBytes)
        const shape = { kind: 'stream', way: 'into', plaintextBytes, pieceBytes } as const
        const asked = { operation, signing: 'unsigned', frameLength, shape } as const
        contestants.push(keyholdContestant(scope, cores, asked))
      }
    const taken = await interleaved(await Promise.all(contestants), setting.rounds, tell)
    courses.push({ operation, signing: 'unsigned', taken })
  }
  return { text: textOf(courses), figures: kept(courses) }
}

const textOf = (courses: readonly Course[]): string => {
  const head = ['frame', 'adds']
  for (const { operation } of courses)
    for (const cores of ['one core', 'all cores'])
      head.push(`${operation}, ${cores}: / ${count(usualFrameLength)}`, 'MB/s')
  const rows = lengths.map((length) => {
    const mark = length === defaultFrameLength ? ' (default)' : ''
    const row = [`${count(length)}${mark}`, `${((frameOverhead / length) * 100).toFixed(3)} %`]
    for (const course of courses)
      for (const cores of ['one', 'all'] as const) {
        const one = takenOf(course, keyholdNames.into, cores, length)!
        const usual = takenOf(course, keyholdNames.into, cores, usualFrameLength)!
        row.push(spreadText(speedRatio(one, usual), 2), spreadText(figuresOf(one).mbPerSecond))
      }
    return row
  })
  return (
    '\nframe lengths: unsigned, keyhold by encryptInto and decryptInto; how many times as fast as with 4,096\n' +
    tableText([head, ...rows]) +
    disturbanceText(courses.flatMap(({ taken }) => taken))
  )
}
