import { keyRowId } from './key.ts'
import { isTracked, type KeyUse, type KeyUses, recordSlackMs } from './key-uses.ts'

/**
 * Notes the uses that another process did not live to save or tell, from the records of its audit
 * log: `lines`, the newest first. Reads back to `sinceMs` (absent: to the last save), or as far as the lines go. Resolves to how many keys had
 * such a use, later than any that is known.
 */
export const recoverUses = async (
  uses: KeyUses,
  lines: AsyncIterable<string>,
  sinceMs?: number,
): Promise<number> => {
  const fromMs = sinceMs === undefined ? await uses.unsavedFromMs() : sinceMs - recordSlackMs
  const found = new Set<string>()
  const withheld = new Set<string>()
  let count = 0
  for await (const line of lines) {
    const record = parseRecord(line)
    if (record === undefined) continue
    if (record.atMs < fromMs) break
    if (record.isWithheld) withheld.add(record.requestId)
    const use = withheld.has(record.requestId) ? undefined : useOf(record)
    if (use === undefined) continue
    for (const rowId of record.keyRowIds) {
      if (found.has(rowId)) continue
      found.add(rowId)
      const last = await uses.known(rowId)
      if (last !== undefined && (last.atMs > use.atMs || last.eventId === use.eventId)) continue
      uses.note(rowId, use)
      count += 1
    }
  }
  return count
}

type UseRecord = {
  readonly name: string
  readonly atMs: number
  readonly eventId: string
  readonly requestId: string
  readonly hasFailed: boolean
  /** What the record of the same request before it said was done never left the service. */
  readonly isWithheld: boolean
  readonly keyRowIds: readonly string[]
}

const useOf = ({ name, atMs, eventId, requestId, hasFailed }: UseRecord): KeyUse | undefined =>
  isTracked(name) && !hasFailed ? { operation: name, atMs, eventId, requestId } : undefined

/** Where keys are used: the API, and the proxy through which AWS KMS keeps keys here. */
const sources: ReadonlySet<string> = new Set(['kms.amazonaws.com', 'kms-xks-proxy'])

/** `undefined` for what is no record of a call, or of another service: the log may be damaged. */
const parseRecord = (line: string): UseRecord | undefined => {
  try {
    const record = JSON.parse(line) as {
      readonly [name: string]: unknown
      readonly resources?: readonly { readonly ARN: unknown }[]
      readonly additionalEventData?: { readonly outcome?: unknown }
    }
    if (!sources.has(textOf(record['eventSource']))) return undefined
    return {
      name: textOf(record['eventName']),
      atMs: Date.parse(textOf(record['eventTime'])),
      eventId: textOf(record['eventID']),
      requestId: textOf(record['requestID']),
      // What was only intended has a record of its outcome, or nothing came of it.
      hasFailed:
        record['errorCode'] !== undefined || record.additionalEventData?.outcome === 'intended',
      isWithheld: record.additionalEventData?.outcome === 'withheld',
      keyRowIds: (record.resources ?? []).flatMap(({ ARN }) => rowIdsOf(textOf(ARN))),
    }
  } catch {
    return undefined
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const rowIdsOf = (arn: string): readonly string[] => {
  const [, region, account, keyId] = /^arn:[^:]+:kms:([^:]+):([^:]+):key\/(.+)$/.exec(arn) ?? []
  return region === undefined || account === undefined || keyId === undefined
    ? []
    : [keyRowId({ region, account }, keyId)]
}
