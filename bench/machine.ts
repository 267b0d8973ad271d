import { cpus, loadavg, release, totalmem } from 'node:os'
import { canPin } from './children.ts'

/** What a figure was measured on; without it the figure says nothing. */
export type Machine = {
  readonly cpu: string
  readonly cpuCount: number
  readonly memoryGib: number
  readonly kernel: string
  readonly node: string
  readonly openssl: string
  /** The minute before the benchmark: what else this machine was doing. */
  readonly loadAverage: number
  readonly isPinned: boolean
}

export const thisMachine = (): Machine => {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cpuCount: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    openssl: process.versions.openssl,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    isPinned: canPin,
  }
}

/** `pinning` says which CPU is whose, where processes can be given one. */
export const machineText = (
  machine: Machine,
  pinning = 'servers on CPU 0, load generator on CPU 1',
): string =>
  `${machine.cpuCount} x ${machine.cpu}, ${machine.memoryGib} GiB, Linux ${machine.kernel}, ` +
  `Node ${machine.node}, OpenSSL ${machine.openssl}, load ${machine.loadAverage} before the start\n` +
  (machine.isPinned ? `${pinning}\n` : 'NOT PINNED: all processes share the CPUs\n')
