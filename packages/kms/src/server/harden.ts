import { readFileSync, writeFileSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'

/**
 * Keeps key material out of files and debuggers, as far as a process can do that for itself, and
 * returns in words what it could not. It protects nothing against root on a running machine.
 */
export const hardenProcess = (): readonly string[] => {
  const warnings: string[] = []
  process.umask(0o077)
  if (process.report !== undefined) process.report.excludeEnv = true
  // Node starts its debugger on this signal, and any process of the same user may send it.
  process.off('SIGUSR1', ignoreSignal).on('SIGUSR1', ignoreSignal)
  if (inspectorUrl() !== undefined)
    warnings.push('a debugger can attach to this process: start it without --inspect')
  if (process.platform === 'linux') {
    if (!excludeMemoryFromCoreDumps())
      warnings.push('core dumps may hold key material: set LimitCORE=0 or ulimit -c 0')
    if (hasPlainSwap()) warnings.push('swap is on: make sure that it is encrypted, or turn it off')
  }
  if (process.getuid?.() === 0) warnings.push('running as root is not needed: use an own user')
  return warnings
}

const ignoreSignal = (): void => {}

/** core(5), "Controlling which mappings are written to the core dump": none of them. */
const excludeMemoryFromCoreDumps = (): boolean => {
  try {
    writeFileSync('/proc/self/coredump_filter', '0x00\n')
    return true
  } catch {
    return /^Max core file size\s+0\s+0\s/m.test(readOrEmpty('/proc/self/limits'))
  }
}

const hasPlainSwap = (): boolean =>
  readOrEmpty('/proc/swaps')
    .split('\n')
    .slice(1)
    .some((line) => line.trim() !== '' && !/^\/dev\/(?:zram|dm-|mapper)/.test(line))

const readOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
