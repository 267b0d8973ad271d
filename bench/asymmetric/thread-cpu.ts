import { readdir, readFile } from 'node:fs/promises'
import { cpuMicrosIn } from '../cpu-time.ts'

/** The name of a thread for work with private keys, cut as Linux cuts it. */
const threadName = 'keyhold-key-wor'

/** CPU time that the pool's threads of a process have had so far, in microseconds. */
export const poolCpuMicros = async (pid: number): Promise<number> => {
  let micros = 0
  for (const id of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')
    if (stat.includes(`(${threadName})`)) micros += cpuMicrosIn(stat)
  }
  return micros
}
