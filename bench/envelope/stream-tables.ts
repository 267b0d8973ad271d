import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { spreadText, tableText } from '../statistics.ts'
import { figuresOf, isDisturbed, speedRatio, type Taken } from './rounds.ts'
import { mib, type Setting } from './setting.ts'
import { type Course, largePieces, usualFrameLength } from './streams.ts'

/** The turns of one contestant; `undefined`: it had none, because it is missing. */
export const takenOf = (
  { taken }: Pick<Course, 'taken'>,
  name: string,
  cores: Taken['cores'],
  frameLength?: number,
): Taken | undefined =>
  taken.find((one) => one.name === name && one.cores === cores && one.frameLength === frameLength)

export const count = (value: number): string => value.toLocaleString('en-US')

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** How many times as fast Keyhold was, in a column each: with frames alike, each with its own. */
const ratioCells = (course: Course, one: Taken): readonly string[] => {
  if (one.name.startsWith('keyhold')) return ['', '']
  const name = one.name.endsWith(largePieces) ? `keyhold${largePieces}` : 'keyhold'
  const same = takenOf(course, name, one.cores, one.frameLength ?? defaultFrameLength)
  const own = takenOf(course, 'keyhold', one.cores, defaultFrameLength)
  const isDefault = one.frameLength === usualFrameLength
  return [same && speedRatio(same, one), isDefault ? own && speedRatio(own, one) : undefined].map(
    (ratio) => (ratio === undefined ? '' : spreadText(ratio, 2)),
  )
}

export const streamsText = (
  courses: readonly Course[],
  { streamBytes, peerStreamBytes }: Setting,
): string => {
  const tables = courses.map((course) => {
    const head = ['contestant', 'cores', 'frame', 'keyhold / it', 'at defaults']
    head.push('MB/s', 'CPU s/GB', 'busy')
    const rows = course.taken.map((one) => {
      const figures = figuresOf(one)
      return [
        one.name,
        one.cores,
        one.frameLength === undefined ? '' : count(one.frameLength),
        ...ratioCells(course, one),
        spreadText(figures.mbPerSecond),
        spreadText(figures.cpuSecondsPerGb, 2),
        percent(figures.busy.median),
      ]
    })
    return `\n  ${course.operation}, ${course.signing}\n${tableText([head, ...rows])}`
  })
  const mebibytes = (bytes: number): string => `${count(bytes / mib)} MiB`
  return (
    `\nstreams of ${mebibytes(streamBytes)} from memory to nowhere, in pieces of 64 KiB; ` +
    `client-node's and Python's of ${mebibytes(peerStreamBytes)}\n` +
    tables.join('') +
    '  keyhold: its Node streams; into: encryptInto and decryptInto, whose output memory is used again\n' +
    '  of two cores, the second one takes frames up to 8,192 only by default\n' +
    '  keyhold / it: how many times as fast as it, frames alike; at defaults: each with its own frames\n' +
    disturbanceText(courses.flatMap(({ taken }) => taken))
  )
}

export const disturbanceText = (taken: readonly Taken[]): string =>
  isDisturbed(taken)
    ? '  DISTURBED: one that had a core for itself got less than that, so rates and their ratios are\n' +
      '  those of a busy machine; only CPU times may be compared\n'
    : ''

/** The courses as they are kept in the file of results. */
export const kept = (courses: readonly { readonly taken: readonly Taken[] }[]): object =>
  courses.map(({ taken, ...about }) => ({
    ...about,
    figures: taken.map((one) => ({ ...figuresOf(one), turns: one.turns })),
  }))
