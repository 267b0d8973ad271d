import type { Sink } from '../io.ts'
import { writeJsonLine } from './json-line.ts'
import { printable } from './printable.ts'
import { duration, ProgressBar, size } from './progress.ts'
import type { Failure } from './explain.ts'

export type ReportOptions = {
  readonly stderr: Sink
  /** Where events go as lines of JSON; absent: no events are wanted. */
  readonly events: Sink | undefined
  readonly quiet: boolean
  readonly verbosity: number
  /** Milliseconds from any point on, never back. */
  readonly nowMs: () => number
  /** What is done to a file: `encrypted`. */
  readonly past: string
}

export type Outcome = {
  readonly input: string
  readonly output: string | undefined
  readonly inputBytes: number
  readonly outputBytes: number | undefined
  /** What was done to it, where that differs from file to file. */
  readonly past?: string | undefined
  /** What is told beside it. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** Tells what happens: a bar on a terminal, lines on stderr, or events in JSON. */
export class Report {
  readonly #options: ReportOptions
  readonly #bar: ProgressBar | undefined
  readonly #startMs: number
  #files = 0
  #bytes = 0
  #done = 0
  #failed = 0
  #skipped = 0

  constructor(options: ReportOptions) {
    this.#options = options
    this.#startMs = options.nowMs()
    const hasBar = options.stderr.isTTY === true && !options.quiet && options.events === undefined
    this.#bar = hasBar ? new ProgressBar(options.stderr, options.nowMs) : undefined
  }

  /** Files that are not done as they should be: failed, or left out. */
  get faults(): number {
    return this.#failed + this.#skipped
  }

  start(files: number, bytes: number | undefined): void {
    this.#files = files
    this.#bar?.start(files, bytes)
    this.#event({ event: 'start', files, bytes: bytes ?? null })
  }

  progress(input: string, bytes: number): void {
    this.#bytes += bytes
    this.#bar?.advance(input, bytes)
  }

  done({
    input,
    output,
    inputBytes,
    outputBytes,
    facts,
    past = this.#options.past,
  }: Outcome): void {
    this.#done += 1
    this.#bar?.fileDone()
    this.#event({ event: 'done', input, output, inputBytes, outputBytes, ...facts })
    const { quiet, verbosity, stderr, events } = this.#options
    if (quiet || events !== undefined) return
    if (verbosity === 0 && (stderr.isTTY !== true || this.#files > 1)) return
    const isElsewhere = output !== undefined && output !== input
    this.#line(`${past} ${input}${isElsewhere ? ` to ${output}` : ''} (${size(inputBytes)})`)
  }

  failed(input: string, failure: Failure): void {
    this.#failed += 1
    this.#event({ event: 'failed', input, error: failure })
    if (this.#options.events === undefined) this.#line(`keyhold: ${input}: ${failure.message}`)
  }

  skipped(input: string, why: string): void {
    this.#skipped += 1
    this.#event({ event: 'skipped', input, reason: why })
    if (this.#options.events === undefined) this.#line(`keyhold: ${input}: skipped: ${why}`)
  }

  warn(text: string): void {
    if (!this.#options.quiet && this.#options.events === undefined) this.#line(`keyhold: ${text}`)
  }

  detail(text: string): void {
    if (this.#options.verbosity > 0) this.#line(text)
  }

  finish(facts: Readonly<Record<string, unknown>> = {}): void {
    this.#bar?.clear()
    const ms = this.#options.nowMs() - this.#startMs
    const counts = { done: this.#done, failed: this.#failed, skipped: this.#skipped }
    this.#event({ event: 'finish', ...counts, bytes: this.#bytes, ms: Math.round(ms), ...facts })
    const { quiet, events, past, stderr, verbosity } = this.#options
    if (events !== undefined || this.#files + this.#skipped <= 1) return
    const isNews = this.faults > 0 || stderr.isTTY === true || verbosity > 0
    if (quiet ? this.faults === 0 : !isNews) return
    const rest = [
      this.#failed > 0 ? `${this.#failed} failed` : '',
      this.#skipped > 0 ? `${this.#skipped} skipped` : '',
      this.#files > this.#done + this.#failed
        ? `${this.#files - this.#done - this.#failed} not tried`
        : '',
    ].filter((text) => text !== '')
    const told = [`${past} ${this.#done} of ${this.#files} files`, ...rest].join(', ')
    this.#line(`${told} (${size(this.#bytes)} in ${duration(ms)})`)
  }

  #line(text: string): void {
    this.#bar?.clear()
    this.#options.stderr.write(`${printable(text)}\n`)
  }

  #event(event: Readonly<Record<string, unknown>>): void {
    if (this.#options.events !== undefined) writeJsonLine(this.#options.events, event)
  }
}
