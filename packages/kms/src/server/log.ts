/** Values that a log line may carry; never a secret, a request body or an inner stack. */
export type LogFields = { readonly [name: string]: string | number | boolean | undefined }

/** The operational log: what an operator has to know. It is not the audit log. */
export type Log = {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export type LogFormat = 'text' | 'json'
type Level = 'info' | 'warn' | 'error'

/** Writes a line per event: JSON for machines, `time level event name=value` for people. */
export const createLog = (
  format: LogFormat,
  write: (line: string) => void,
  nowMs: () => number,
): Log => {
  const line = (level: Level, event: string, fields: LogFields): string => {
    const time = new Date(nowMs()).toISOString()
    if (format === 'json') return JSON.stringify({ time, level, event, ...fields })
    const details = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    return `${time} ${level} ${event}${details.join('')}`
  }
  const at =
    (level: Level) =>
    (event: string, fields: LogFields = {}): void =>
      write(`${line(level, event, fields)}\n`)
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** Lets through so many lines of one event in a minute, for events that a stranger can cause. */
export const rateLimited = (log: Log, perMinute: number, nowMs: () => number): Log => {
  const counts = new Map<string, { minute: number; count: number }>()
  const admits = (event: string): boolean => {
    const minute = Math.floor(nowMs() / 60_000)
    const seen = counts.get(event)
    if (seen === undefined || seen.minute !== minute) {
      counts.set(event, { minute, count: 1 })
      return true
    }
    seen.count += 1
    return seen.count <= perMinute
  }
  return {
    info: (event, fields) => admits(event) && log.info(event, fields),
    warn: (event, fields) => admits(event) && log.warn(event, fields),
    error: (event, fields) => admits(event) && log.error(event, fields),
  }
}

/** What a log may say of a thrown value: its message and that of its causes, no stack. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`
}
