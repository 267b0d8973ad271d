import { foldCase } from './fold-case.ts'

/** `*` stands for any run of characters, `?` for one character. */
export type Wildcard = { readonly wildcard: '*' | '?' }

/** A policy variable: the condition key that it is replaced by (case folded), and its default. */
export type Variable = { readonly variable: string; readonly fallback: string | undefined }

/** A text of a policy taken apart: what it says literally, its wildcards and its variables. */
export type Template = readonly (string | Wildcard | Variable)[]

/** A template whose variables have been replaced. What came from a variable is literal. */
export type Glob = readonly (string | Wildcard)[]

/** The value of a condition key that has exactly one; `undefined` stands for every other case. */
export type Resolve = (key: string) => string | undefined

export type TemplateSyntax = {
  /** Version 2012-10-17 of the language has policy variables; in 2008-10-17 they are plain text. */
  readonly variables: boolean
  readonly wildcards: boolean
}

/** `${*}`, `${?}` and `${$}` are these characters themselves; otherwise a name and its default. */
const variableForm =
  /\$\{(?:(?<literal>[*?$])|(?<name>[^${}',*?"]+)(?:, *'(?<fallback>[^']*)')?)\}/y

/** Takes a text apart; `undefined` if it begins a variable that is none. */
export const parseTemplate = (text: string, syntax: TemplateSyntax): Template | undefined => {
  const template: (string | Wildcard | Variable)[] = []
  let literal = ''
  const add = (piece: Wildcard | Variable): void => {
    if (literal !== '') template.push(literal)
    literal = ''
    template.push(piece)
  }
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at)
    if (syntax.variables && text.startsWith('${', at)) {
      variableForm.lastIndex = at
      const found = variableForm.exec(text)
      if (found?.groups === undefined) return undefined
      const { literal: plain, name, fallback } = found.groups
      if (name === undefined) literal += plain
      else add({ variable: foldCase(name), fallback })
      at = variableForm.lastIndex
      continue
    }
    if (syntax.wildcards && (character === '*' || character === '?')) add({ wildcard: character })
    else literal += character
    at += 1
  }
  if (literal !== '') template.push(literal)
  return template
}

export const hasVariables = (template: Template): boolean =>
  template.some((piece) => typeof piece === 'object' && 'variable' in piece)

/**
 * Replaces the variables; `undefined` if one has neither a value nor a default. A value is taken
 * literally: a wildcard in it matches itself and nothing else.
 */
export const resolveTemplate = (template: Template, resolve: Resolve): Glob | undefined => {
  const glob: (string | Wildcard)[] = []
  for (const piece of template) {
    if (typeof piece === 'string' || 'wildcard' in piece) {
      glob.push(piece)
      continue
    }
    const value = resolve(piece.variable) ?? piece.fallback
    if (value === undefined) return undefined
    glob.push(value)
  }
  return glob
}

/** A glob as one text, its wildcards as they were written. */
export const textOfGlob = (glob: Glob): string =>
  glob.map((piece) => (typeof piece === 'string' ? piece : piece.wildcard)).join('')
