/** Where does the service spend its time? The costliest functions under load, by self time. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endChild, Scope } from './children.ts'
import { Generator } from './generator.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'
import { benchOperations } from './signed-request.ts'
import { tableText } from './statistics.ts'

const root = join(import.meta.dirname, '..')
const shown = 25
const sampleMicros = 200

/** As V8 writes it: a tree of functions, and which of its nodes was running at each sample. */
type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type Cost = { readonly place: string; readonly selfMs: number; readonly share: number }

export const question: Question = {
  title: 'profile: the costliest functions of the service under load, by self time',
  async answer({ quick, connections, against }) {
    await using scope = new Scope()
    const directory = await scope.directory()
    const generator = new Generator(scope, 1)
    const { child, place } = await startKeyhold(scope, against ?? root, {
      cpu: 0,
      nodeArgs: [
        '--cpu-prof',
        `--cpu-prof-dir=${directory}`,
        `--cpu-prof-interval=${sampleMicros}`,
      ],
    })
    for (const operation of benchOperations) {
      await generator.prepare({ supply: operation, place, operation })
      const durationMs = quick ? 1000 : 5000
      await generator.load({ supply: operation, port: place.port, connections, durationMs })
    }
    // The profile is written when the process ends by itself.
    await endChild(child)
    const costs = costsOf(await mainProfile(directory))
    const rows = costs
      .slice(0, shown)
      .map(({ place: where, selfMs, share }) => [
        where,
        selfMs.toFixed(0),
        `${(share * 100).toFixed(1)} %`,
      ])
    return {
      text: tableText([['function', 'self ms', 'of busy time'], ...rows]),
      figures: costs.slice(0, 100),
    }
  },
}

/** Threads write profiles of their own; the one that answered requests has the most samples. */
const mainProfile = async (directory: string): Promise<CpuProfile> => {
  const profiles: CpuProfile[] = []
  for (const name of await readdir(directory))
    profiles.push(JSON.parse(await readFile(join(directory, name), 'utf8')) as CpuProfile)
  const busiest = profiles.sort((a, b) => busyMicros(b) - busyMicros(a))[0]
  if (busiest === undefined) throw new Error('the service left no profile')
  return busiest
}

const isIdle = (name: string): boolean => name === '(idle)' || name === '(root)'

const selfMicros = (profile: CpuProfile): ReadonlyMap<string, number> => {
  const places = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const micros = new Map<string, number>()
  profile.samples.forEach((id, at) => {
    const place = places.get(id)
    if (place === undefined || isIdle(place)) return
    micros.set(place, (micros.get(place) ?? 0) + (profile.timeDeltas[at] ?? 0))
  })
  return micros
}

const busyMicros = (profile: CpuProfile): number =>
  selfMicros(profile)
    .values()
    .reduce((sum, each) => sum + each, 0)

const costsOf = (profile: CpuProfile): readonly Cost[] => {
  const busy = busyMicros(profile)
  return [...selfMicros(profile)]
    .map(([place, micros]) => ({ place, selfMs: micros / 1000, share: micros / busy }))
    .sort((a, b) => b.selfMs - a.selfMs)
}

const placeOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']) => {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url
  return `${name} ${file}:${lineNumber + 1}`
}
