import { usageError } from './io.ts'
import { invalidChoice } from './names.ts'

/** A flag: how many values follow it, and which ones, if the list is closed. */
export type Option = {
  /** With its dashes: `--key-id`. */
  readonly name: string
  readonly values: 'none' | 'optional' | 'one' | 'many'
  readonly choices?: readonly string[]
}

export type Parsed = {
  /** By the option's name: the last value wins; `[]` for a flag without values. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** What no option took, in its order. */
  readonly rest: readonly string[]
}

/**
 * Reads flags as Python's argparse does, for scripts rely on it: `--flag value`, `--flag=value`,
 * unambiguous beginnings of a flag, and values that begin with a dash only after `=`.
 */
export const parseArgv = (args: readonly string[], options: readonly Option[]): Parsed => {
  const values = new Map<string, readonly string[]>()
  const rest: string[] = []
  let i = 0
  while (i < args.length) {
    const arg = args[i++] ?? ''
    if (arg === '--') {
      rest.push(arg, ...args.slice(i))
      break
    }
    const found = arg.startsWith('--') ? findOption(arg, options) : undefined
    if (found === undefined) {
      rest.push(arg)
      continue
    }
    const taken: string[] = found.inline === undefined ? [] : [found.inline]
    const wanted = found.inline !== undefined ? 0 : countOf(found.option.values)
    while (taken.length < wanted && i < args.length && isValue(args[i] ?? '')) {
      taken.push(args[i++] ?? '')
    }
    // Deleted first, so that the order of the map is the order of the last mention.
    values.delete(found.option.name)
    values.set(found.option.name, checked(found.option, taken, found.inline !== undefined))
  }
  return { values, rest }
}

const countOf = (values: Option['values']): number =>
  ({ none: 0, optional: 1, one: 1, many: Number.POSITIVE_INFINITY })[values]

const isValue = (arg: string): boolean =>
  !arg.startsWith('-') || arg === '-' || arg.includes(' ') || /^-\d+$|^-\d*\.\d+$/.test(arg)

const findOption = (
  arg: string,
  options: readonly Option[],
): { option: Option; inline: string | undefined } | undefined => {
  const equals = arg.indexOf('=')
  const name = equals < 0 ? arg : arg.slice(0, equals)
  const inline = equals < 0 ? undefined : arg.slice(equals + 1)
  const exact = options.find((option) => option.name === name)
  if (exact !== undefined) return { option: exact, inline }
  const near = options.filter((option) => option.name.startsWith(name))
  if (near.length > 1) {
    const names = near.map((option) => option.name).join(', ')
    throw usageError(`ambiguous option: ${name} could match ${names}`)
  }
  return near[0] === undefined ? undefined : { option: near[0], inline }
}

const checked = (option: Option, taken: readonly string[], inline: boolean): readonly string[] => {
  if (option.values === 'none' && inline) {
    throw usageError(`argument ${option.name}: ignored explicit argument`)
  }
  if (option.values === 'one' && taken.length === 0) {
    throw usageError(`argument ${option.name}: expected one argument`)
  }
  const wrong = taken.find((value) => option.choices?.includes(value) === false)
  if (wrong !== undefined) {
    throw usageError(`argument ${option.name}: ${invalidChoice(wrong, option.choices ?? [])}`)
  }
  return taken
}
