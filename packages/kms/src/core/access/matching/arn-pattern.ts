import { globTest, type TextTest } from './glob.ts'
import {
  type Glob,
  hasVariables,
  type Resolve,
  resolveTemplate,
  type Template,
  type Wildcard,
} from './template.ts'

/** `undefined`: it cannot be told, for a variable of the pattern has no value. */
export type PatternTest = (parts: readonly string[], resolve: Resolve) => boolean | undefined

/** An ARN as far as patterns see it: six parts, of which only the last may contain a colon. */
export const arnParts = (arn: string): readonly string[] => {
  const parts = arn.split(':')
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

/**
 * Patterns of the Resource element. Each part is matched by itself, so a wildcard stays within the
 * colons around it; only a `*` at the end of a part may run on over the next colons, which lets
 * `arn:aws:kms:*` stand for every key (IAM User Guide, "Using wildcards in resource ARNs").
 */
export const resourcePattern = (template: Template): PatternTest =>
  whenResolved(template, (glob) => {
    const parts = splitGlob(glob).map(partOf)
    return (value) => matchesFrom(parts, 0, value, 0)
  })

/** Patterns of the Arn operators: six parts, "each checked separately", none of which runs on. */
export const arnPattern = (template: Template): PatternTest =>
  whenResolved(template, (glob) => {
    const tests = splitGlob(glob).map(globTest)
    return (value) =>
      tests.length === 6 &&
      value.length === 6 &&
      tests.every((matches, index) => matches(value[index]!))
  })

const whenResolved = (
  template: Template,
  compile: (glob: Glob) => (value: readonly string[]) => boolean,
): PatternTest => {
  if (!hasVariables(template)) return compile(template as Glob)
  return (value, resolve) => {
    const glob = resolveTemplate(template, resolve)
    return glob && compile(glob)(value)
  }
}

/**
 * The pattern cut at its first five colons. Variables stand behind the fifth colon only, so no
 * value of one is ever cut.
 */
const splitGlob = (glob: Glob): readonly Glob[] => {
  const parts: (string | Wildcard)[][] = [[]]
  for (const piece of glob) {
    if (typeof piece === 'object') {
      parts.at(-1)!.push(piece)
      continue
    }
    let rest = piece
    for (;;) {
      const colon = parts.length < 6 ? rest.indexOf(':') : -1
      parts.at(-1)!.push(colon < 0 ? rest : rest.slice(0, colon))
      if (colon < 0) break
      parts.push([])
      rest = rest.slice(colon + 1)
    }
  }
  return parts
}

type PatternPart = { readonly matches: TextTest; readonly runsOn: boolean }

const partOf = (glob: Glob): PatternPart => {
  const last = glob.findLast((piece) => piece !== '')
  return {
    matches: globTest(glob),
    runsOn: typeof last === 'object' && last.wildcard === '*',
  }
}

const matchesFrom = (
  parts: readonly PatternPart[],
  partIndex: number,
  value: readonly string[],
  valueIndex: number,
): boolean => {
  const part = parts[partIndex]!
  if (valueIndex >= value.length || !part.matches(value[valueIndex]!)) return false
  if (partIndex === parts.length - 1) return part.runsOn || valueIndex === value.length - 1
  const furthest = part.runsOn ? value.length - 1 : valueIndex + 1
  for (let next = valueIndex + 1; next <= furthest; next += 1)
    if (matchesFrom(parts, partIndex + 1, value, next)) return true
  return false
}
