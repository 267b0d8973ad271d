import type { Shape } from '../../api/shapes.ts'
import { commandNames, findCommand, optionsOf, type Command } from '../flags.ts'
import { globalOptions } from '../globals.ts'

/** The words that a shell completes, all read from the rows. */
export type CompletionWords = {
  /** `kms`, `serve` and their like, each with what it does. */
  readonly commands: readonly (readonly [string, string])[]
  readonly operations: readonly OperationWords[]
  readonly globals: readonly FlagWords[]
}

export type OperationWords = {
  readonly name: string
  readonly doc: string
  readonly flags: readonly FlagWords[]
}

/** A flag, and its values where they are a closed list. */
export type FlagWords = {
  readonly name: string
  readonly doc: string
  readonly values: readonly string[]
  readonly takesValue: boolean
}

export const completionWords = (
  commands: readonly (readonly [string, string])[],
): CompletionWords => ({
  commands,
  operations: commandNames().flatMap((name) => {
    const command = findCommand(name)
    return command === undefined ? [] : [operationWords(command)]
  }),
  globals: globalOptions.map((option) => ({
    name: option.name,
    doc: option.doc,
    values: option.choices ?? [],
    takesValue: option.values !== 'none',
  })),
})

const operationWords = (command: Command): OperationWords => ({
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
