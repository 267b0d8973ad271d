/** A figure that was measured several times: the median, and between which bounds it moved. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number }

/** Throws RangeError for an empty list: a figure that was never measured is none. */
export const spreadOf = (values: readonly number[]): Spread => {
  if (values.length === 0) throw new RangeError('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]!
  const lower = sorted[(sorted.length - 1) >> 1]!
  return { median: (lower + upper) / 2, min: sorted[0]!, max: sorted.at(-1)! }
}

/** The value below which `fraction` (0 to 1) of the sorted values lie; the nearest rank. */
export const percentileOf = (sorted: Float64Array, fraction: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN

/** `11,402 (10,900-11,950)`; `digits` after the point. */
export const spreadText = ({ median, min, max }: Spread, digits = 0): string => {
  const text = (value: number): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${text(median)} (${text(min)}-${text(max)})`
}

/** Columns side by side: the first aligned to the left, the others to the right. */
export const tableText = (rows: readonly (readonly string[])[]): string => {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `  ${line(row)}\n`).join('')
}
