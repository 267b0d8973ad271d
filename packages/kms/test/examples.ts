/** An example of the documentation that is run. */
export type Example = {
  readonly language: 'js' | 'sh'
  readonly text: string
  /** Where it begins in its page, for whoever has to find it. */
  readonly line: number
  /** The file that a module is saved as: examples import each other. */
  readonly file: string
  /** What it prints. */
  readonly output: RegExp
}

type Block = { readonly info: string; readonly text: string; readonly line: number }

/**
 * The examples of a page, or of one section of it, in their order. A module says what it prints
 * behind each `console.log`, as in `console.log(1) // 1`; what a shell prints stands in a block of
 * `text` right behind, or it is nothing. `…` stands for anything within a line.
 */
export const examplesOf = (page: string, section?: string): readonly Example[] => {
  const lines = page.split('\n')
  const [from, to] = section === undefined ? [0, lines.length] : sectionOf(lines, section)
  const blocks = blocksOf(lines).filter(({ line }) => line > from && line <= to)
  return blocks.flatMap((block, index): readonly Example[] => {
    const [language, file = `example-${block.line}.js`] = block.info.split(' ')
    const { text, line } = block
    if (language === 'text') return []
    if (language === 'js') return [{ language, text, line, file, output: printedBy(block) }]
    if (language !== 'sh') throw new Error(`line ${line}: a block is js, sh or text`)
    const next = blocks[index + 1]
    const isNext = next?.info === 'text' && isBlank(lines, line + text.split('\n').length, next)
    return [{ language, text, line, file, output: pattern(isNext ? next.text : '') }]
  })
}

/** Line numbers count from 1; a section ends where the next one of its level or above begins. */
const sectionOf = (lines: readonly string[], title: string): readonly [number, number] => {
  const from = lines.findIndex((line) => line.replace(/^#+ /, '') === title && line !== title)
  if (from < 0) throw new Error(`there is no section ${title}`)
  const level = lines[from]?.indexOf(' ') ?? 0
  const to = lines.findIndex(
    (line, at) => at > from && /^#+ /.test(line) && line.indexOf(' ') <= level,
  )
  return [from + 1, to < 0 ? lines.length : to]
}

const blocksOf = (lines: readonly string[]): readonly Block[] => {
  const blocks: Block[] = []
  let open: { info: string; from: number } | undefined
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('```')) continue
    if (open === undefined) open = { info: line.slice(3).trim(), from: at + 1 }
    else {
      blocks.push({ info: open.info, text: lines.slice(open.from, at).join('\n'), line: open.from })
      open = undefined
    }
  }
  return blocks
}

/** Whether nothing but blank lines lies between a block's end and another one's beginning. */
const isBlank = (lines: readonly string[], from: number, { line }: Block): boolean =>
  lines.slice(from + 1, line - 1).every((text) => text.trim() === '')

const printedBy = ({ text, line }: Block): RegExp => {
  const printed = [...text.matchAll(/^.*\) \/\/ (.+)$/gm)].map(([, output = '']) => output)
  if (printed.length !== text.split('console.log(').length - 1)
    throw new Error(`line ${line}: a console.log does not say what it prints`)
  return pattern(printed.join('\n'))
}

const pattern = (output: string): RegExp => {
  const parts = output.split('…').map((part) => RegExp.escape(part))
  return new RegExp(`^${parts.join('.*')}\\n?$`)
}
