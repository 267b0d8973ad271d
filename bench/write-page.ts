/** Writes docs/performance.md from the newest whole run of each question in `bench/results`. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestResults } from './page/results.ts'
import { pageText } from './page/text.ts'

const page = join(import.meta.dirname, '../docs/performance.md')
await writeFile(page, pageText(await newestResults(join(import.meta.dirname, 'results'))))
process.stdout.write(`written: ${page}\n`)
