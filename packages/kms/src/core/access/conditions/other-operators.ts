import { arnParts, arnPattern } from '../matching/arn-pattern.ts'
import { hasVariables, parseTemplate, resolveTemplate, textOfGlob } from '../matching/template.ts'
import type { Operator } from './operator.ts'

/** ArnEquals and ArnLike, which are the same: six parts with wildcards in them, case-sensitive. */
export const arnLike: Operator = {
  negated: false,
  compile(value, variables) {
    const template = parseTemplate(value, { variables, wildcards: true })
    if (template === undefined) return undefined
    const matches = arnPattern(template)
    return (text, resolve) => matches(arnParts(text), resolve)
  },
}

/** Bool: `true` or `false`, in any case. The only type besides texts that has policy variables. */
export const bool: Operator = {
  negated: false,
  compile(value, variables) {
    const wanted = parseBool(value)
    if (wanted !== undefined) return (text) => sameBool(parseBool(text), wanted)
    const template = parseTemplate(value, { variables, wildcards: false })
    if (template === undefined || !hasVariables(template)) return undefined
    return (text, resolve) => {
      const resolved = resolveTemplate(template, resolve)
      return sameBool(parseBool(text), resolved && parseBool(textOfGlob(resolved)))
    }
  },
}

const sameBool = (left: boolean | undefined, right: boolean | undefined): boolean | undefined =>
  left === undefined || right === undefined ? undefined : left === right

/** `undefined` for what is neither of the two words. */
export const parseBool = (text: string): boolean | undefined => {
  const folded = text.toLowerCase()
  return folded === 'true' ? true : folded === 'false' ? false : undefined
}

/** BinaryEquals: the same bytes, both written as base64. */
export const binaryEquals: Operator = {
  negated: false,
  compile(value) {
    const wanted = canonicalBase64(value)
    if (wanted === undefined) return undefined
    return (text) => {
      const actual = canonicalBase64(text)
      return actual === undefined ? undefined : actual === wanted
    }
  },
}

/** Base64 of RFC 4648 §4 with its padding; other spellings of the same bytes become the same text. */
const canonicalBase64 = (text: string): string | undefined => {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64').toString('base64')
}
