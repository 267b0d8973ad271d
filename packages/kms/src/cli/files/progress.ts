import type { Sink } from '../io.ts'
import { printable } from './printable.ts'

const redrawMs = 100
const clearLine = '\r\u001b[K'

/** One line on a terminal: how far, how fast, how long still. Drawn ten times a second at most. */
export class ProgressBar {
  readonly #sink: Sink
  readonly #nowMs: () => number
  #startMs = 0
  #drawnMs = Number.NEGATIVE_INFINITY
  #files = 0
  #filesDone = 0
  #bytes = 0
  #bytesAll: number | undefined
  #isDrawn = false

  constructor(sink: Sink, nowMs: () => number) {
    this.#sink = sink
    this.#nowMs = nowMs
  }

  /** `bytes`: how many there will be; `undefined`: nobody knows. */
  start(files: number, bytes: number | undefined): void {
    this.#files = files
    this.#bytesAll = bytes
    this.#startMs = this.#nowMs()
  }

  advance(name: string, bytes: number): void {
    this.#bytes += bytes
    const nowMs = this.#nowMs()
    if (nowMs - this.#drawnMs < redrawMs) return
    this.#drawnMs = nowMs
    this.#isDrawn = true
    const columns = this.#sink.columns ?? 80
    this.#sink.write(`${clearLine}${this.#line(name, nowMs).slice(0, columns - 1)}`)
  }

  fileDone(): void {
    this.#filesDone += 1
  }

  /** Takes the line away, so that other text may be written. */
  clear(): void {
    if (this.#isDrawn) this.#sink.write(clearLine)
    this.#isDrawn = false
    this.#drawnMs = Number.NEGATIVE_INFINITY
  }

  #line(name: string, nowMs: number): string {
    const ms = Math.max(1, nowMs - this.#startMs)
    const perSecond = (this.#bytes / ms) * 1000
    const what = this.#files > 1 ? `${this.#filesDone} of ${this.#files} files` : printable(name)
    const rate = `${size(this.#bytes)}  ${size(perSecond)}/s`
    const all = this.#bytesAll
    if (all === undefined || all === 0) return `${what}  ${rate}`
    const part = Math.min(1, this.#bytes / all)
    const filled = Math.round(part * barWidth)
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    const leftMs = part === 1 ? 0 : ((all - this.#bytes) / perSecond) * 1000
    const percent = `${Math.floor(part * 100)}%`.padStart(4)
    return `${percent} ${bar}  ${rate}  ${duration(leftMs)} left  ${what}`
  }
}

const barWidth = 24

/** `1.5 MB`: thousand by thousand, as disks are sold. */
export const size = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `0:07`, `12:30`, `1:00:05`; below ten seconds with a decimal: `0.4 s`. */
export const duration = (ms: number): string => {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`
}
