import type { RawQuestion } from './question.ts'

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** A pattern as a regular expression; literal parts come escaped between NUL characters. */
export const globRegex = (pattern: string, flags: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('\0')
      .map((part, index) =>
        index % 2 === 1
          ? escape(part)
          : escape(part).replaceAll('\\*', '.*').replaceAll('\\?', '.'),
      )
      .join('')}$`,
    `${flags}su`,
  )

/** Wildcards stay between colons, but for a `*` that ends a part; behind the fifth they are free. */
export const resourceRegex = (pattern: string): RegExp => {
  let source = ''
  let colons = 0
  let literal = false
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at)
    const next = pattern.charAt(at + 1)
    if (character === '\0') literal = !literal
    else if (!literal && character === '*')
      source += colons >= 5 || next === ':' || next === '' ? '.*' : '[^:]*'
    else if (!literal && character === '?') source += colons >= 5 ? '.' : '[^:]'
    else {
      if (character === ':') colons += 1
      source += escape(character)
    }
  }
  return new RegExp(`^${source}$`, 's')
}

/** Variables replaced, what they became between NUL characters; null if one has no value. */
export const fill = (text: string, q: RawQuestion, hasVariables: boolean): string | null => {
  if (!hasVariables) return text
  let missing = false
  const filled = text.replaceAll(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (inside === '*' || inside === '?' || inside === '$') return `\0${inside}\0`
    const [, name = '', fallback] = /^([^,]*?)(?:, *'(.*)')?$/.exec(inside) ?? []
    const values = valuesOf(name, q)
    const value = values.length === 1 ? values[0] : fallback
    if (value === undefined) missing = true
    return `\0${value ?? ''}\0`
  })
  return missing ? null : filled
}

export const valuesOf = (key: string, { keys }: RawQuestion): readonly string[] =>
  Object.entries(keys).flatMap(([name, values]) =>
    name.toLowerCase() === key.toLowerCase() ? values : [],
  )
