/** ASCII without quote, backslash and control characters: JSON text as it stands. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/**
 * `text` as a JSON string without one raw control character or line separator: U+007F to U+009F,
 * U+2028 and U+2029 are escaped too, for some readers end a line there and terminals obey them.
 */
export const quoted = (text: string): string =>
  plain.test(text)
    ? '"' + text + '"'
    : JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029]/g, escapeUnit)

/** As `quoted`, of the first `unitsMax` UTF-16 units alone. */
export const quotedBounded = (text: string, unitsMax: number): string =>
  quoted(text.length > unitsMax ? text.slice(0, unitsMax) : text)

/** The instant in UTC with a resolution of one second, as CloudTrail writes it, in quotes. */
export const quotedSecond = (timeMs: number): string => {
  const second = Math.floor(timeMs / 1000)
  if (second !== newest.second)
    newest = { second, text: '"' + new Date(timeMs).toISOString().slice(0, 19) + 'Z"' }
  return newest.text
}

/** All that happens in a second is written with the same text. */
let newest = { second: Number.NaN, text: '' }

const escapeUnit = (unit: string): string =>
  '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')
