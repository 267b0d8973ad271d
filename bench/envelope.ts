/** How fast is envelope encryption, beside its limits, AWS's own SDKs and age? */
import { measureCaching } from './envelope/caching.ts'
import { type Commands, measureCommand } from './envelope/command.ts'
import { measureFrameLengths } from './envelope/frame-lengths.ts'
import { measureMemory } from './envelope/memory.ts'
import { installPeers, peersText } from './envelope/peers.ts'
import { type Setting, settingOf } from './envelope/setting.ts'
import { disturbanceText, kept, streamsText } from './envelope/stream-tables.ts'
import { type Course, measureStreams } from './envelope/streams.ts'
import { commandTargets, streamTargets } from './envelope/stream-targets.ts'
import { memoryTargets, type Target, targetsText } from './envelope/targets.ts'
import { measureWholeMessages } from './envelope/whole-messages.ts'
import type { Answer, BenchOptions, Question } from './question.ts'

/** A part of the answer, and what it says of the figures that are to be reached. */
type PartAnswer = Answer & {
  readonly targets: readonly Target[]
  /** Empty unless other processes took part of what was measured. */
  readonly disturbance?: string
}

const streams = async (setting: Setting): Promise<PartAnswer> => {
  const courses: readonly Course[] = await measureStreams(setting)
  const text = streamsText(courses, setting)
  const disturbance = disturbanceText(courses.flatMap(({ taken }) => taken))
  return { text, figures: kept(courses), targets: streamTargets(courses), disturbance }
}

const command = async (setting: Setting): Promise<PartAnswer> => {
  const { text, figures, courses }: Commands = await measureCommand(setting)
  return { text, figures, targets: commandTargets(courses) }
}

const memory = async (setting: Setting): Promise<PartAnswer> => {
  const { text, figures } = await measureMemory(setting)
  return { text, figures, targets: memoryTargets(figures) }
}

const withoutTargets =
  (measure: (setting: Setting) => Promise<Answer>) =>
  async (setting: Setting): Promise<PartAnswer> => ({ ...(await measure(setting)), targets: [] })

const parts = {
  streams,
  'whole-messages': withoutTargets(measureWholeMessages),
  command,
  caching: withoutTargets(measureCaching),
  memory,
  'frame-lengths': withoutTargets(measureFrameLengths),
} satisfies Record<string, (setting: Setting) => Promise<PartAnswer>>

export type EnvelopePart = keyof typeof parts
const partNames = Object.keys(parts) as EnvelopePart[]

const answer = async (names: readonly EnvelopePart[], options: BenchOptions): Promise<Answer> => {
  const startMs = performance.now()
  const tell = (text: string): void => {
    const seconds = Math.round((performance.now() - startMs) / 1000)
    process.stderr.write(`  ${seconds} s: ${text}\n`)
  }
  const peers = await installPeers(tell)
  const setting = settingOf(options, peers, tell)
  const answers = new Map<EnvelopePart, PartAnswer>()
  for (const name of names) answers.set(name, await parts[name](setting))
  const targets = [...answers.values()].flatMap((part) => part.targets)
  const texts = [...answers.values()].map(({ text }) => text)
  const figures = Object.fromEntries([...answers].map(([name, part]) => [name, part.figures]))
  return {
    text: [
      peersText(peers),
      targets.length === 0 ? '' : targetsText(targets),
      ...[...answers.values()].map(({ disturbance = '' }) => disturbance),
      ...texts,
      '\n  medians (min-max) of interleaved rounds; ratios are taken round by round\n',
    ].join(''),
    figures: { peers, targets, ...figures },
  }
}

const pinning = 'one core: CPU 0, one thread; all cores: not pinned, everything at its default'

/** A part of it alone. */
export const partQuestion = (name: EnvelopePart): Question => ({
  title: `envelope-${name}: a part of envelope`,
  pinning,
  answer: (options) => answer([name], options),
})

export const question: Question = {
  title: 'envelope: messages, streams, files, the cache and memory, beside limits and peers',
  pinning,
  answer: (options) => answer(partNames, options),
}
