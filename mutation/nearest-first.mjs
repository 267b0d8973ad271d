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

/**
 * Stryker's runner of TAP, a process for each test file, that runs the tests of a mutant's own
 * folder first, and last those of a whole family of folders: mostly the first file kills it already,
 * so a mutant costs a tenth of a second instead of one.
 */
class NearestFirstRunner extends TapTestRunner {
  static inject = tokens(commonTokens.options, commonTokens.logger)

  constructor(options, log) {
    super(options, log, '__stryker__')
  }

  mutantRun(options) {
    const source = options.activeMutant.fileName.replaceAll('\\', '/')
    const files = options.testFilter ?? this.testFiles
    const testFilter = files
      .map((file) => ({ file, near: nearness(file, source), depth: file.split('/').length }))
      .toSorted((left, right) => right.near - left.near || right.depth - left.depth)
      .map(({ file }) => file)
    return super.mutantRun({ ...options, testFilter })
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'nearest-first', NearestFirstRunner),
]
export { strykerValidationSchema }
