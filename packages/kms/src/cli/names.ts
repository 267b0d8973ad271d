/**
 * The command line's name of a member or an operation (`KeyId` → `key-id`), made as AWS's tools
 * make it, plurals of acronyms included: `ListHTTPs` → `list-https`.
 */
export const kebab = (name: string): string => {
  const acronyms = /[A-Z]{2,}s$/.exec(name)?.[0]
  const split =
    acronyms === undefined ? name : `${name.slice(0, -acronyms.length)}-${acronyms.toLowerCase()}`
  return split
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}

const choicesPerLine = 2

/** What AWS's command line says of a word that is none of the choices. */
export const invalidChoice = (word: string, choices: readonly string[]): string => {
  const lines: string[] = ['Invalid choice, valid choices are:\n']
  for (let i = 0; i < choices.length; i += choicesPerLine) {
    const line = choices.slice(i, i + choicesPerLine)
    lines.push(line.map((choice) => choice.padEnd(40)).join(' | '))
  }
  const near = choices.filter((choice) => likeness(word, choice) >= 0.8)
  if (near.length > 0) {
    lines.push(`\n\nInvalid choice: '${word}', maybe you meant:\n`)
    lines.push(...near.map((choice) => `  * ${choice}`))
  }
  return lines.join('\n')
}

/** 1 for equal words, 0 for words without a letter in common: twice the LCS over both lengths. */
const likeness = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, () => 0)
  for (const letter of a) {
    const next = [0]
    for (let j = 1; j <= b.length; j++) {
      const kept = Math.max(row[j] ?? 0, next[j - 1] ?? 0)
      next.push(b[j - 1] === letter ? (row[j - 1] ?? 0) + 1 : kept)
    }
    row = next
  }
  return (2 * (row[b.length] ?? 0)) / (a.length + b.length)
}
