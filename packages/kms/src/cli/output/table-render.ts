import { textWidth } from './text-width.ts'

/** A box of a table. `headers` absent: the rows have no names. */
export type Section = {
  readonly title: string
  readonly depth: number
  headers: readonly string[] | undefined
  rows: (readonly string[])[]
}

/** How cells and the bars that indent nested boxes are coloured; the identity for none. */
export type TableStyle = {
  readonly cell: (text: string) => string
  readonly bar: (text: string) => string
}

export const plainStyle: TableStyle = { cell: (text) => text, bar: (text) => text }
export const colorStyle: TableStyle = {
  cell: (text) => `\u001b[1m\u001b[34m${text}\u001b[0m`,
  bar: (text) => `\u001b[2m\u001b[33m${text}\u001b[0m`,
}

/** Draws the boxes; those of one row are turned upright when they are wider than the terminal. */
export const renderSections = (
  sections: readonly Section[],
  columns: number,
  style: TableStyle,
): string => {
  const flat = totalWidth(sections)
  const drawn = flat > columns ? sections.map((section) => upright(section)) : sections
  const width = totalWidth(drawn)
  const boxes = drawn.map((section) => renderSection(section, width - section.depth * 2, style))
  return `${'-'.repeat(width)}\n${boxes.join('')}`
}

const upright = (section: Section): Section => {
  const [row] = section.rows
  if (section.rows.length !== 1 || row === undefined || section.headers === undefined)
    return section
  const rows = section.headers.map((name, i) => [name, row[i] ?? ''])
  return { ...section, headers: undefined, rows }
}

const padding = 4

const totalWidth = (sections: readonly Section[]): number =>
  Math.max(
    ...sections.map((section) => {
      const sides = 2 + section.depth * 2
      const cells = cellWidths(section).reduce((sum, width) => sum + width + padding, 0)
      return Math.max(textWidth(section.title) + sides, cells + sides)
    }),
  )

const cellWidths = (section: Section): number[] => {
  const widths: number[] = []
  for (const row of [section.headers ?? [], ...section.rows]) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, textWidth(cell))
    })
  }
  return widths
}

const renderSection = (section: Section, width: number, style: TableStyle): string => {
  const lines: string[] = []
  const { headers, rows, title } = section
  if (title !== '') {
    lines.push(centered(title, title, width, '|'))
    if (headers === undefined && rows.length === 0) lines.push(`+${'-'.repeat(width - 2)}+`)
  }
  const widths = scaledWidths(cellWidths(section), width)
  const rule = widths.map((cell, i) => (i === 0 ? '+' : '') + '-'.repeat(cell - (i === 0 ? 2 : 1)))
  const line = `${rule.join('+')}+`
  if (headers !== undefined && headers.length > 0) {
    const cells = headers.map((name, i) => centered(name, name, widths[i] ?? 0, i === 0 ? '|' : ''))
    lines.push(line, cells.join(''))
  }
  if (rows.length > 0 && widths.length > 0) {
    const drawn = rows.map((row) =>
      row
        .map((cell, i) => leftAligned(style.cell(cell), cell, widths[i] ?? 0, i === 0 ? '|' : ''))
        .join(''),
    )
    lines.push(line, ...drawn, line)
  }
  const bar = style.bar('|').repeat(section.depth)
  return lines.map((text) => `${bar}${text}${bar}\n`).join('')
}

/** Stretches the columns so that together they fill the width, the rest spread one by one. */
const scaledWidths = (widths: readonly number[], width: number): number[] => {
  const padded = widths.map((cell) => cell + padding)
  const sum = padded.reduce((total, cell) => total + cell, 0)
  const scaled = padded.map((cell) => roundHalfEven((width / sum) * cell))
  let surplus = scaled.reduce((total, cell) => total + cell, 0) - width
  while (surplus !== 0 && scaled.length > 0) {
    const step = surplus > 0 ? 1 : -1
    for (let k = 0; k < scaled.length && surplus !== 0; k++) {
      const i = step > 0 ? k : scaled.length - 1 - k
      scaled[i] = (scaled[i] ?? 0) - step
      surplus -= step
    }
  }
  return scaled
}

const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

const centered = (styled: string, plain: string, width: number, leftEdge: string): string => {
  const length = textWidth(plain)
  const start = Math.max(0, Math.floor(width / 2) - Math.floor(length / 2) - 1)
  const right = width - 1 - (leftEdge.length + start + length)
  return `${leftEdge}${' '.repeat(start)}${styled}${' '.repeat(Math.max(0, right))}|`
}

const leftAligned = (styled: string, plain: string, width: number, leftEdge: string): string => {
  const length = textWidth(plain)
  const indent = width - (length + 2 + leftEdge.length + 1) >= 0 ? 2 : 0
  const right = width - (leftEdge.length + indent + length) - 1
  return `${leftEdge}${' '.repeat(indent)}${styled}${' '.repeat(Math.max(0, right))}|`
}
