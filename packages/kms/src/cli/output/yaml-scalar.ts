/** How a text is written: as it is, within `'`, or within `"` with escapes. */
export type ScalarStyle = 'plain' | 'single' | 'double'

/**
 * The plainest style that AWS's command line would choose, which is that of libyaml: a text that
 * would be read as something else is quoted, and what only escapes can show is double-quoted.
 */
export const scalarStyle = (text: string): ScalarStyle => {
  if (text === '') return 'single'
  if (unprintable.test(text) || /\n | \n/.test(text)) return 'double'
  if (text.includes('\n') || /^ | $/.test(text)) return 'single'
  return hasIndicator(text) || isOtherType(text) ? 'single' : 'plain'
}

/**
 * Whether a character can stand in YAML unescaped. Stricter than the specification (YAML 1.2 §5.1):
 * as libyaml it escapes what lies beyond the basic plane, and other than libyaml the line breaks of
 * YAML 1.1, which a reader of 1.2 would not fold back.
 */
export const isPrintable = (character: string): boolean => !unprintable.test(character)

const unprintable =
  /[^\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\u{10000}-\u{10ffff}]/u

// YAML 1.2 §7.3.3: what a plain scalar cannot begin with, or hold.
const hasIndicator = (text: string): boolean =>
  /^[#,[\]{}&*!|>'"%@`]|^---|^\.\.\.|^[-?:](?: |$)|:(?: |$)| #/.test(text)

const isOtherType = (text: string): boolean => otherTypes.some((type) => type.test(text))

// The types of YAML 1.2 as ruamel.yaml tells them apart, looser than those of §10.3: it knows
// underscores, binary numbers, instants and merge keys besides. `yes` and `on` are texts.
const otherTypes: readonly RegExp[] = [
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|=|<<)$/,
  /^(?=[-+\d])[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)$/,
  /^[-+]?[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$/,
  // An exponent without a sign is for ruamel.yaml a text, for §10.3.2 a number.
  /^[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]
