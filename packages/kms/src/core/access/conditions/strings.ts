import { globTest } from '../matching/glob.ts'
import {
  type Glob,
  hasVariables,
  parseTemplate,
  type Resolve,
  resolveTemplate,
  type Template,
  textOfGlob,
} from '../matching/template.ts'
import type { Operator } from './operator.ts'
import type { ValueTest } from './value-test.ts'

/** StringEquals: the same characters in the same case. */
export const stringEquals: Operator = {
  negated: false,
  compile(value, variables) {
    const template = parseTemplate(value, { variables, wildcards: false })
    return template && whenPlain(template, (text) => (actual) => actual === text)
  },
}

/** StringEqualsIgnoreCase: the same letters in any case. */
export const stringEqualsIgnoreCase: Operator = {
  negated: false,
  compile(value, variables) {
    const template = parseTemplate(value, { variables, wildcards: false })
    return (
      template &&
      whenPlain(template, (text) => {
        const folded = text.toLowerCase()
        return (actual) => actual.toLowerCase() === folded
      })
    )
  },
}

/** StringLike: `*` and `?` of the policy stand for other characters, those of the request do not. */
export const stringLike: Operator = {
  negated: false,
  compile(value, variables) {
    const template = parseTemplate(value, { variables, wildcards: true })
    if (template === undefined) return undefined
    if (!hasVariables(template)) return globTest(template as Glob)
    return (actual, resolve) => {
      const glob = resolveTemplate(template, resolve)
      return glob && globTest(glob)(actual)
    }
  },
}

/** Compiles a template without wildcards: at once, or as soon as its variables have values. */
const whenPlain = (
  template: Template,
  compile: (text: string) => (actual: string) => boolean,
): ValueTest => {
  if (!hasVariables(template)) return compile(textOfGlob(template as Glob))
  return (actual: string, resolve: Resolve) => {
    const resolved = resolveTemplate(template, resolve)
    return resolved && compile(textOfGlob(resolved))(actual)
  }
}
