import { contestantCpu, type Contestant, type Cores } from './contestant.ts'
import { runTimed } from './timed-command.ts'
import type { Operation } from './work.ts'

export type OpensslAlgorithm = 'aes-256-gcm' | 'sha384'

const seconds = 1

/** What the library does with one buffer, by its own measure: no program can be faster on a core. */
export const opensslSpeed = (
  command: string,
  algorithm: OpensslAlgorithm,
  options: {
    readonly operation: Operation
    readonly cores: Cores
    readonly cpuCount: number
    readonly bufferBytes: number
  },
): Contestant => {
  const { operation, cores, cpuCount, bufferBytes } = options
  const args = ['-mr', '-elapsed', '-seconds', String(seconds), '-bytes', String(bufferBytes)]
  if (operation === 'decrypt' && algorithm !== 'sha384') args.push('-decrypt')
  if (cores === 'all') args.push('-multi', String(cpuCount))
  return {
    name: 'openssl speed',
    cores,
    turn: async () => {
      const { kept, cpuMs } = await runTimed([command, 'speed', ...args, '-evp', algorithm], {
        cpu: cores === 'one' ? contestantCpu : undefined,
        output: 'keep',
      })
      // The shell's own account of it includes the start, which the measured second does not.
      const wallMs = seconds * 1000
      return { bytes: opensslBytesPerSecond(kept) * seconds, messages: 1, wallMs, cpuMs }
    },
  }
}

/** The figure of `-mr`: a line `+F:number:name:bytes a second`, the last one being the sum. */
export const opensslBytesPerSecond = (output: string): number => {
  const rate = Number(
    output
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('+F:'))
      ?.split(':')[3],
  )
  if (!(rate > 0)) throw new Error(`openssl told no figure: ${output}`)
  return rate
}
