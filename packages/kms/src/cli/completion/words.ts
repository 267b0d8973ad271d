import type { Shape } from '../../api/shapes.ts'
import { benchFlags } from '../bench/flag-table.ts'
import { algorithmNames } from '../files/algorithms.ts'
import { fileFlags, type FileFlag } from '../files/flag-table.ts'
import { modes } from '../files/mode-line.ts'
import { commandNames, findCommand, optionsOf, type Command } from '../flags.ts'
import { globalOptions } from '../globals.ts'
import { accountService } from '../services/account.ts'
import { iamService } from '../services/iam.ts'
import { kmsService } from '../services/kms.ts'
import type { CliService } from '../services/service.ts'
import { stsService } from '../services/sts.ts'
import { commandSettings, envFormats } from '../settings/commands.ts'
import { type Setting, settings } from '../settings/table.ts'

/** The words that a shell completes, all read from the rows. */
export type CompletionWords = {
  /** `kms`, `serve` and their like, each with what it does. */
  readonly commands: readonly (readonly [string, string])[]
  /** `kms` and its like, with the operations of each. */
  readonly services: readonly ServiceWords[]
  /** The commands whose flags follow at once: those for files, and those of the service. */
  readonly direct: readonly CommandWords[]
  /** `-e` and its like, which stand for a command. */
  readonly modes: readonly (readonly [string, string])[]
  readonly globals: readonly FlagWords[]
}

export type ServiceWords = {
  readonly name: string
  readonly operations: readonly CommandWords[]
}

export type CommandWords = {
  readonly name: string
  readonly doc: string
  readonly flags: readonly FlagWords[]
}

/** A flag, and its values where they are a closed list. */
export type FlagWords = {
  /** With its dashes; some have a short name alone. */
  readonly name: string
  readonly short?: string | undefined
  readonly doc: string
  readonly values: readonly string[]
  readonly takesValue: boolean
}

const services: readonly CliService[] = [kmsService, iamService, stsService, accountService]

export const completionWords = (
  commands: readonly (readonly [string, string])[],
): CompletionWords => ({
  commands,
  services: services.map((service) => ({ name: service.name, operations: operationsOf(service) })),
  direct: commands.flatMap(([name, doc]) => {
    const flags = flagsOfFiles(name) ?? flagsOfService(name) ?? flagsOfBench(name)
    return flags === undefined ? [] : [{ name, doc, flags }]
  }),
  modes: Object.entries(modes),
  globals: globalOptions.map((option) => ({
    name: option.name,
    doc: option.doc,
    values: option.choices ?? [],
    takesValue: option.values !== 'none',
  })),
})

const operationsOf = (service: CliService): readonly CommandWords[] =>
  commandNames(service).flatMap((name) => {
    const command = findCommand(service, name)
    return command === undefined ? [] : [operationWords(command)]
  })

const operationWords = (command: Command): CommandWords => ({
  name: command.name,
  doc: command.row.doc,
  flags: optionsOf(command).map(({ name, values: count }) => {
    const flag = command.flags.find((candidate) => candidate.name === name)
    const values = flag === undefined ? [] : valuesOf(flag.shape)
    return { name, doc: flag?.doc ?? '', values, takesValue: count !== 'none' }
  }),
})

const valuesOf = (shape: Shape): readonly string[] => {
  if (shape.kind === 'enum') return shape.values
  return shape.kind === 'list' ? valuesOf(shape.member) : []
}

/** The flags of a command for files; `undefined`: it is none. */
const flagsOfFiles = (command: string): readonly FlagWords[] | undefined => {
  const rows = fileFlags.filter(({ on }) => on.some((name) => name === command))
  return rows.length === 0 ? undefined : rows.map(fileFlagWords)
}

const fileFlagWords = ({ name, short, doc, values, choices }: FileFlag): FlagWords => ({
  name,
  short,
  doc,
  values: name === '--algorithm' ? algorithmNames : (choices ?? []),
  takesValue: values === 'one' || values === 'many',
})

/** `undefined`: the command is another one. */
const flagsOfBench = (command: string): readonly FlagWords[] | undefined =>
  command !== 'bench'
    ? undefined
    : benchFlags.map(({ name, doc, value, choices }) => ({
        name,
        doc,
        values: choices ?? [],
        takesValue: value !== undefined,
      }))

/** The flags of `serve` and of those that go with it; `undefined`: it is none of them. */
const flagsOfService = (command: string): readonly FlagWords[] | undefined => {
  const known = Object.entries(commandSettings).find(([name]) => name === command)?.[1]
  if (known === undefined) return undefined
  const rows = known.map((name): FlagWords => {
    const { flag, doc, value }: Setting = settings[name]
    const values = value?.includes('|') === true ? value.split('|') : []
    return { name: `--${flag}`, doc, values, takesValue: value !== undefined }
  })
  return [...rows, ...(command === 'env' ? [formatFlag] : []), configFlag, helpFlag]
}

const formatFlag: FlagWords = {
  name: '--format',
  doc: 'How the environment is printed.',
  values: envFormats,
  takesValue: true,
}
const configFlag: FlagWords = {
  name: '--config',
  doc: 'TOML file with the same names.',
  values: [],
  takesValue: true,
}
const helpFlag: FlagWords = {
  name: '--help',
  doc: 'Prints the help.',
  values: [],
  takesValue: false,
}
