import type { JsonObject } from '../client/json.ts'
import type { Parsed } from './argv.ts'
import type { Command } from './flags.ts'
import { pagingOptions } from './flags.ts'
import type { Globals } from './globals.ts'
import { CliError, exitCode, usageError } from './io.ts'
import type { PageWishes } from './paginate.ts'

/** What `--max-items`, `--page-size` and `--starting-token` ask for. */
export const pageWishes = (command: Command, parsed: Parsed, globals: Globals): PageWishes => {
  const value = (name: string): string | undefined => parsed.values.get(name)?.[0]
  if (command.paging !== undefined) {
    const { inputToken, limitKey } = command.paging
    const own = command.flags.filter(({ member }) => member === inputToken || member === limitKey)
    const manual = own.some(({ name }) => parsed.values.has(name))
    if (manual || !globals.paginate) refuseWishes(parsed)
  }
  return {
    startingToken: value('--starting-token'),
    pageSize: integer('--page-size', value('--page-size')),
    maxItems: integer('--max-items', value('--max-items')),
  }
}

/** Whoever gives a marker or a limit turns the pages himself. */
export const pagesAtAll = (command: Command, input: JsonObject, globals: Globals): boolean => {
  const { paging } = command
  if (paging === undefined || !globals.paginate) return false
  return input[paging.inputToken] === undefined && input[paging.limitKey] === undefined
}

const refuseWishes = (parsed: Parsed): void => {
  const given = pagingOptions.filter((option) => parsed.values.has(option.name))
  if (given.length === 0) return
  throw new CliError(
    exitCode.usage,
    'Cannot specify --no-paginate along with pagination arguments: ' +
      given.map((option) => option.name).join(', '),
  )
}

const integer = (name: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  if (!/^[+-]?\d+$/.test(value.trim())) {
    throw usageError(`argument ${name}: invalid int value: '${value}'`)
  }
  return Number(value)
}
