/**
 * Loaded before a program of Node: at its end it leaves the most memory that the process ever had,
 * in bytes, in the file that the environment names.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { env } from 'node:process'
import { isMainThread } from 'node:worker_threads'

/** `VmHWM` of proc(5), in kibibytes there; what threads have is in it. */
const peakBytes = () => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}

// Every thread of the program loads this as well.
if (isMainThread) process.once('exit', () => writeFileSync(env.BENCH_PEAK_FILE, `${peakBytes()}`))
