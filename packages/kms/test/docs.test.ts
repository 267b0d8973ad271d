import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { settings } from '../src/cli/settings/table.ts'
import { operations } from '../src/api/operations.ts'
import { withTables } from './tables.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md'], {
  cwd: root,
  exclude: (name) => name === 'node_modules',
})

describe('the documentation', () => {
  test('names every operation, and their number', () => {
    const readme = read('README.md')
    const built = Object.keys(operations)
    assert.match(readme, new RegExp(`\\*\\*${built.length} operations\\*\\*`))
    for (const name of built) assert.match(readme, new RegExp(`\\b${name}\\b`), name)
  })

  test('has the tables that follow from the rows', () => {
    const page = read('docs/compatibility.md')
    assert.equal(page, withTables(page), 'node scripts/write-tables.ts writes them')
  })

  test('leads nowhere that does not exist', () => {
    for (const page of pages)
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
        if (!target.includes('://'))
          assert(existsSync(join(root, dirname(page), target)), `${page} links to ${target}`)
  })

  test('has a decision page for each dependency', () => {
    const decisions = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n')
    for (const path of [
      'package.json',
      'packages/kms/package.json',
      'packages/envelope/package.json',
    ]) {
      const manifest = JSON.parse(read(path)) as Record<string, Record<string, string> | undefined>
      for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
        for (const name of Object.keys(manifest[kind] ?? {}))
          if (name !== '@types/node' && !name.startsWith('@keyhold/'))
            assert(decisions.includes(name), `${name} in ${path}`)
    }
  })

  test('shows only settings of keyhold serve that exist', () => {
    const known = new Set(Object.values(settings).map(({ flag }) => flag))
    for (const [, line = ''] of read('docs/operations.md').matchAll(
      /^(keyhold (?:serve|init) (?:.*\\\n)*.*)$/gm,
    ))
      for (const [, flag = ''] of line.matchAll(/--([a-z-]+)/g))
        assert(known.has(flag), `--${flag} in ${line}`)
  })
})
