/** A test vector as docs/format.md shows it: a heading and a block of `name = value` lines. */
export const vectorOnPage = (vector: { readonly name: string }): string => {
  const lines = Object.entries(vector)
    .filter(([name]) => name !== 'name')
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? value : asciiJson(value)}`)
  return `#### ${vector.name}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`
}

/** JSON with every other character escaped, so that no editor changes or hides one. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
