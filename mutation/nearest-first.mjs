import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import { strykerValidationSchema, TapTestRunner } from '@stryker-mutator/tap-runner'

const folderOf = (file) => file.slice(0, file.lastIndexOf('/'))

/** How many folders two paths have in common at their ends: tests mirror sources. */
const nearness = (testFile, source) => {
  const test = folderOf(testFile).split('/').toReversed()
  const folders = folderOf(source).split('/').toReversed()
  const apart = test.findIndex((name, index) => name !== folders[index])
  return apart < 0 ? test.length : apart
}

/** How long each test file took without a mutant: for the runners, which are processes of their own. */
const durationsFile = join(import.meta.dirname, '.cache/durations.json')

/**
 * Stryker's runner of TAP, a process for each test file, that runs the tests of a mutant's own
 * folder first, and of these the quick ones: mostly the first file kills it already, so a mutant
 * costs a tenth of a second instead of one.
 */
class NearestFirstRunner extends TapTestRunner {
  static inject = tokens(commonTokens.options, commonTokens.logger)
  #durationsMs

  constructor(options, log) {
    super(options, log, '__stryker__')
  }

  async dryRun(options) {
    const result = await super.dryRun(options)
    const durations = (result.tests ?? []).map(({ id, timeSpentMs }) => [id, timeSpentMs])
    await writeFile(durationsFile, JSON.stringify(Object.fromEntries(durations)))
    return result
  }

  async mutantRun(options) {
    this.#durationsMs ??= JSON.parse(await readFile(durationsFile, 'utf8'))
    const source = options.activeMutant.fileName.replaceAll('\\', '/')
    const testFilter = (options.testFilter ?? this.testFiles)
      .map((file) => ({ file, near: nearness(file, source), ms: this.#durationsMs[file] ?? 0 }))
      .toSorted((left, right) => right.near - left.near || left.ms - right.ms)
      .map(({ file }) => file)
    return super.mutantRun({ ...options, testFilter })
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'nearest-first', NearestFirstRunner),
]
export { strykerValidationSchema }
