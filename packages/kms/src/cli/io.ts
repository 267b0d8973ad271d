import type { World } from '../client/retry.ts'

/** Where text and bytes go; `columns` is the width of a terminal, absent elsewhere. */
export type Sink = {
  /** `done` hears when the chunk has been taken, or why it could not be. */
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** The world that a command sees, so that tests run it within their own process. */
export type Io = {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: AsyncIterable<string | Uint8Array>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Time and chance of calls to the service; absent: the system's. */
  readonly world?: World
}

/** The exit codes of AWS's command line, version 2, which scripts rely on. */
export const exitCode = {
  done: 0,
  /** The command line itself is wrong. */
  usage: 252,
  /** Credentials, Region, endpoint or profile are missing. */
  configuration: 253,
  /** The service answered with a fault. */
  service: 254,
  /** Anything else: no connection, for one. */
  failure: 255,
} as const

/** A failure that is told in one text on stderr and an exit code, without a stack. */
export class CliError extends Error {
  readonly exitCode: number
  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'CliError'
    this.exitCode = code
  }
}

/** A value that the command line gave wrongly. */
export const parameterError = (flag: string, message: string): CliError =>
  new CliError(exitCode.usage, `Error parsing parameter '${flag}': ${message}`)

export const failure = (message: string, cause?: unknown): CliError =>
  new CliError(exitCode.failure, message, { cause })

const usage = `usage: keyhold [options] <command> <subcommand> [parameters]
To see help text, you can run:

  keyhold help
  keyhold <command> help
  keyhold <command> <subcommand> help
`

/** The whole command line could not be read: the usage goes before the reason. */
export const usageError = (message: string): CliError =>
  new CliError(exitCode.usage, `${usage}\nkeyhold: error: ${message}\n`)

/** Flags that nothing knows, in the words of AWS's command line. */
export const unknownOptions = (names: readonly string[]): CliError =>
  new CliError(exitCode.usage, `${usage}\nUnknown options: ${names.join(', ')}\n`)
