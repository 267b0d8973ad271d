/** How much memory does a very long stream take at its peak? */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Scope } from '../children.ts'
import { tableText } from '../statistics.ts'
import { contestantCpu, type Cores } from './contestant.ts'
import type { MemoryAnswer, MemoryOrder } from './memory-child.ts'
import { roomyDirectory } from './scratch.ts'
import { gib, mib, type Setting } from './setting.ts'
import { operations, signings } from './streams.ts'
import { runTimed } from './timed-command.ts'

type Peak = MemoryAnswer & Pick<MemoryOrder, 'operation' | 'signing'> & { readonly cores: Cores }

export const measureMemory = async (
  setting: Setting,
): Promise<{ readonly text: string; readonly figures: readonly Peak[] }> => {
  await using scope = new Scope()
  const plaintextBytes = setting.quick ? gib / 2 : 4 * gib
  const { path: directory, kind } = await roomyDirectory(scope, plaintextBytes + gib / 4)
  const path = join(directory, 'message')
  const figures: Peak[] = []
  for (const signing of signings)
    for (const cores of ['one', 'all'] as const) {
      for (const operation of operations) {
        setting.tell(`memory, ${signing} ${operation}, cores: ${cores}`)
        const concurrency = cores === 'one' ? 1 : undefined
        const order = { operation, signing, concurrency, path, plaintextBytes }
        figures.push({ operation, signing, cores, ...(await runOrder(order, cores)) })
      }
      await rm(path)
    }
  return { text: textOf(figures, plaintextBytes, kind), figures }
}

const runOrder = async (order: MemoryOrder, cores: Cores): Promise<MemoryAnswer> => {
  const script = join(import.meta.dirname, 'memory-child.ts')
  const { kept } = await runTimed([process.execPath, script, JSON.stringify(order)], {
    cpu: cores === 'one' ? contestantCpu : undefined,
    output: 'keep',
  })
  return JSON.parse(kept) as MemoryAnswer
}

const textOf = (peaks: readonly Peak[], plaintextBytes: number, kind: string): string => {
  const rows = peaks.map(({ operation, signing, cores, peakBytes, wallMs }) => [
    `${operation}, ${signing}`,
    cores,
    (peakBytes / mib).toFixed(0),
    (plaintextBytes / 1000 / wallMs).toFixed(0),
  ])
  return (
    `\nmemory of a stream of ${plaintextBytes / mib} MiB, ${kind}: a process each, the most it ever had\n` +
    tableText([['stream', 'cores', 'peak MiB', 'MB/s'], ...rows])
  )
}
