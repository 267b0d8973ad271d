import { readFile } from 'node:fs/promises'
import type { TomlTable } from 'smol-toml'
import {
  environmentName,
  type Setting,
  type SettingName,
  type Settings,
  settings,
} from './table.ts'

/** What the user got wrong; the message says what to do about it. */
export class UsageError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'UsageError'
  }
}

const rows = Object.entries(settings) as readonly [SettingName, Setting][]
/** Where the file is named; not a setting itself, for the file cannot name itself. */
const configVariable = 'KEYHOLD_CONFIG'

/**
 * Gathers the settings that a command knows: flag over environment over file. Whatever is not known
 * is an error, for a misspelt setting would silently mean its default. Throws UsageError.
 */
export const loadSettings = async (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  known: readonly SettingName[] = rows.map(([name]) => name),
): Promise<Settings> => {
  const flags = parseFlags(args, known)
  const configFile = flags.config ?? env[configVariable]
  const file = configFile === undefined ? {} : await readConfig(configFile)
  return { ...file, ...fromEnvironment(env), ...flags.settings }
}

const parseFlags = (
  args: readonly string[],
  known: readonly SettingName[],
): { settings: Settings; config: string | undefined } => {
  const found: Record<string, unknown> = {}
  let config: string | undefined
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? ''
    const [flag, inline] = splitAt(argument, '=')
    const row = rows.find(([name, { flag: each }]) => `--${each}` === flag && known.includes(name))
    const takesValue = flag === '--config' || row?.[1].value !== undefined
    const text = inline ?? (takesValue ? args[(at += 1)] : 'true')
    if (text === undefined) throw new UsageError(`${flag} needs a value`)
    if (flag === '--config') config = text
    else if (row === undefined) throw new UsageError(`unknown argument: ${argument}`)
    else found[row[0]] = parseText(row[1], text, flag)
  }
  return { settings: found, config }
}

const splitAt = (text: string, mark: string): readonly [string, string?] => {
  const at = text.indexOf(mark)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

const parseText = (row: Setting, text: string, where: string): unknown => {
  try {
    return row.parse(text)
  } catch (error) {
    throw new UsageError(`${where} ${(error as Error).message}`, { cause: error })
  }
}

const fromEnvironment = (env: Readonly<Record<string, string | undefined>>): Settings => {
  const found: Record<string, unknown> = {}
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('KEYHOLD_') || variable === configVariable || text === undefined)
      continue
    const row = rows.find(([, { flag }]) => environmentName(flag) === variable)
    if (row === undefined) throw new UsageError(`unknown environment variable: ${variable}`)
    found[row[0]] = parseText(row[1], text, variable)
  }
  return found
}

const readConfig = async (path: string): Promise<Settings> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`the configuration file ${path} cannot be read`, { cause: error })
  }
  const { parse } = await import('smol-toml')
  let table: TomlTable
  try {
    table = parse(text)
  } catch (error) {
    throw new UsageError(`the configuration file ${path} is not valid TOML`, { cause: error })
  }
  return fromTable(table, path)
}

const fromTable = (table: TomlTable, path: string): Settings => {
  const found: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(table)) {
    const row = rows.find(([, { flag }]) => flag === key)
    if (row === undefined) throw new UsageError(`${path}: unknown setting: ${key}`)
    // Everything is checked as text, by the parsers that flags and environment have too.
    const text = textOf(value)
    if (text === undefined)
      throw new UsageError(`${path}: ${key} has to be a single value or a list of names`)
    found[row[0]] = parseText(row[1], text, `${path}: ${key}`)
  }
  return found
}

const textOf = (value: TomlTable[string] | undefined): string | undefined => {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.join(',')
  return typeof value === 'object' ? undefined : String(value)
}

/** The settings as lines of a help text. */
export const settingsHelp = (known: readonly SettingName[] = rows.map(([name]) => name)): string =>
  rows
    .filter(([name]) => known.includes(name))
    .map(([, { flag, value, doc }]) => {
      const left = `  --${flag}${value === undefined ? '' : ` ${value}`}`
      return `${left.padEnd(30)} ${doc}`
    })
    .join('\n')
