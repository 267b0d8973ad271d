import type { Sink } from '../io.ts'

/** Writes a value as one line of JSON. */
export const writeJsonLine = (sink: Sink, value: unknown): void => {
  sink.write(`${JSON.stringify(value)}\n`)
}
