import { suites } from '@keyhold/envelope'
import { open, realpath } from 'node:fs/promises'
import type { Input, Inputs, Skipped } from './inputs.ts'
import { type Job, suffixes } from './targets.ts'

/**
 * Every input as its own output: the file that a link leads to, and each file once, by whatever
 * names it was found.
 */
export const inPlace = async ({
  inputs,
}: Inputs): Promise<{ readonly jobs: readonly Job[]; readonly skipped: readonly Skipped[] }> => {
  const jobs: Job[] = []
  const skipped: Skipped[] = []
  const seen = new Set<string>()
  for (const input of inputs) {
    if (input.kind === 'stdin') {
      jobs.push({ input, target: { kind: 'stdout' } })
      continue
    }
    if (!input.stats.isFile()) {
      skipped.push({ shown: input.shown, why: 'it is no ordinary file; give -o' })
      continue
    }
    const path = await realpath(input.path)
    if (seen.has(path)) continue
    seen.add(path)
    jobs.push({ input, target: { kind: 'file', path, mayReplace: true } })
  }
  return { jobs, skipped }
}

/**
 * The inputs without those that were found in a directory and are no messages. A file that has the
 * name of one is never left out: if it is none, somebody has to hear of it.
 */
export const onlyMessages = async (
  { inputs, ...found }: Inputs,
  isText: boolean,
): Promise<Inputs> => {
  const kept: Input[] = []
  for (const input of inputs) {
    const isSure =
      input.kind === 'stdin' ||
      !input.isFound ||
      suffixes.some((suffix) => input.path.endsWith(suffix))
    if (isSure || (await looksLikeMessage(input.path, isText))) kept.push(input)
  }
  return { ...found, inputs: kept }
}

/** Whether a file begins with a version, and a suite of that version. What cannot be read might. */
const looksLikeMessage = async (path: string, isText: boolean): Promise<boolean> => {
  let start: Uint8Array
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
    start = buffer.subarray(0, bytesRead)
  } catch {
    return true
  }
  if (isText) start = decodedStart(start)
  const [version, type = 0, ...id] = start
  const [high = 0, low = 0] = version === 1 ? id : [type, ...id]
  const suite = Object.values(suites).find((row) => row.id === high * 256 + low)
  return suite?.messageVersion === version && (version === 2 || type === 0x80)
}

const decodedStart = (text: Uint8Array): Uint8Array => {
  const characters = Buffer.from(text).toString('latin1').replace(/\s+/g, '').slice(0, 8)
  return Buffer.from(/^[A-Za-z0-9+/]{8}$/.test(characters) ? characters : '', 'base64')
}
