import { readFile } from 'node:fs/promises'

/** Linux counts in hundredths of a second (USER_HZ), whatever the kernel's own clock does. */
const microsPerTick = 10_000

/**
 * CPU time of a process and its threads so far, user and system, in microseconds. NaN where there
 * is no `/proc`.
 */
export const cpuMicrosOf = async (pid: number): Promise<number> => {
  let stat: string
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return Number.NaN
  }
  return cpuMicrosIn(stat)
}

/** The same of the text of a `stat` file, of a process or of one of its threads. */
export const cpuMicrosIn = (stat: string): number => {
  // The name of the program, in parentheses, may hold spaces: fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // proc(5): utime and stime are the 14th and 15th field, here without the first two.
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick
}
