import type { Sink } from './io.ts'

/** Resolves when the text has left this process; rejects if nobody could have received it. */
export const writeFully = (sink: Sink, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    sink.write(text, (error) => {
      if (error === undefined || error === null) resolve()
      else reject(new Error('the output cannot be written', { cause: error }))
    })
  })
