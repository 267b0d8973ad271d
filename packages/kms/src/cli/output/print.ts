import type { Json, JsonObject } from '../../client/json.ts'
import type { ColorMode, OutputFormat } from '../globals.ts'
import type { Io } from '../io.ts'
import { besidesLists, joinPages, type Pages } from '../paginate.ts'
import type { Query } from '../query.ts'
import { formatText } from './text.ts'

export type Printing = {
  readonly format: OutputFormat
  readonly query: Query | undefined
  readonly color: ColorMode
  /** The operation's name in the API: the title of a table. */
  readonly title: string
}

/**
 * Prints an answer, or the pages of one. Only `text` and `yaml-stream` go page by page, and apply
 * the query to each page, as AWS's command line does; the others join the pages first.
 */
export const printAnswer = async (
  answer: JsonObject | Pages,
  printing: Printing,
  io: Io,
): Promise<void> => {
  const pages = isPages(answer) ? answer : undefined
  if (printing.format === 'text') {
    if (pages !== undefined) await printTextPages(pages, printing, io)
    else io.stdout.write(formatText(selected(answer as JsonObject, printing)))
    return
  }
  if (printing.format === 'yaml-stream') {
    await printStream(pages === undefined ? [answer as JsonObject] : pages.pages(), printing, io)
    return
  }
  const whole = pages === undefined ? (answer as JsonObject) : await joinPages(pages)
  io.stdout.write(await formatWhole(selected(whole, printing), printing, io))
}

const isPages = (answer: JsonObject | Pages): answer is Pages =>
  typeof answer['pages'] === 'function'

const selected = (value: JsonObject, printing: Printing): Json =>
  printing.query === undefined ? value : printing.query(value)

const formatWhole = async (value: Json, printing: Printing, io: Io): Promise<string> => {
  // An operation without an answer prints nothing, but a query that found nothing prints null.
  if (isEmptyObject(value)) return ''
  if (printing.format === 'yaml') return (await import('./yaml.ts')).formatYaml(value)
  if (printing.format === 'table') {
    const { formatTable } = await import('./table.ts')
    const { colorStyle, plainStyle } = await import('./table-render.ts')
    const colored =
      printing.color === 'on' || (printing.color === 'auto' && io.stdout.isTTY === true)
    const columns = io.stdout.columns ?? 80
    return formatTable(printing.title, value, columns, colored ? colorStyle : plainStyle)
  }
  return `${JSON.stringify(value, null, 4)}\n`
}

const isEmptyObject = (value: Json): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length === 0

const printTextPages = async (pages: Pages, printing: Printing, io: Io): Promise<void> => {
  let besides: JsonObject | undefined
  for await (const page of pages.pages()) {
    const first = besides === undefined ? (besides = besidesLists(page, pages.paging)) : {}
    const lists = pages.paging.resultKeys.map((key) => [key, page[key] ?? null] as const)
    io.stdout.write(formatText(selected({ ...first, ...Object.fromEntries(lists) }, printing)))
  }
  const token = pages.resumeToken()
  if (token !== undefined) {
    io.stdout.write(formatText(selected({ NextToken: { NextToken: token } }, printing)))
  }
}

const printStream = async (
  pages: Iterable<JsonObject> | AsyncIterable<JsonObject>,
  printing: Printing,
  io: Io,
): Promise<void> => {
  const { formatYaml } = await import('./yaml.ts')
  for await (const page of pages) {
    const value = selected(page, printing)
    if (!isEmptyObject(value)) io.stdout.write(formatYaml([value]))
  }
}
