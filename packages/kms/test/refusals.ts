import { appendFileSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * While all tests run, each process of theirs writes down here with which errors which operations
 * were refused, so that it can be told afterwards what none of them has seen.
 */
const folder = process.env['KEYHOLD_REFUSALS']
const noted = new Set<string>()

/** Writes down what a service has answered, if somebody wants to know. */
export const noteRefusal = (operation: string, code: string): void => {
  const refusal = `${operation} ${code}`
  if (folder === undefined || noted.has(refusal)) return
  noted.add(refusal)
  appendFileSync(join(folder, String(process.pid)), `${refusal}\n`)
}

/** What all of them have written down, `operation code` each; `undefined` if nobody did. */
export const notedRefusals = (): ReadonlySet<string> | undefined => {
  if (folder === undefined) return undefined
  const files = globSync('*', { cwd: folder }).map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  )
  return new Set(files.flatMap((text) => text.split('\n')))
}
