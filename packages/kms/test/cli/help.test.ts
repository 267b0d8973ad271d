import assert from 'node:assert/strict'
import test from 'node:test'
import { operations } from '../../src/api/operations.ts'
import type { Operation } from '../../src/api/operation.ts'
import { kebab } from '../../src/cli/names.ts'
import { keyhold } from './fake-service.ts'

const all = Object.entries(operations) as [string, Operation][]

test('keyhold help names every command, and so does --help', async () => {
  const ran = await keyhold(['help'])
  for (const name of ['kms', 'serve', 'env', 'bench', 'completion', 'version']) {
    assert.match(ran.stdout, new RegExp(`^ {2}${name} +\\S`, 'm'))
  }
  assert.deepEqual(await keyhold(['--help']), ran)
})

test('keyhold kms help lists every operation with what it does', async () => {
  const { stdout, code } = await keyhold(['kms', 'help'])
  assert.equal(code, 0)
  for (const [name, row] of all) {
    // A name that fills its column has a line of its own.
    assert.match(stdout, new RegExp(`^  ${kebab(name)}(?: |$)`, 'm'))
    assert.ok(stdout.replace(/\s+/g, ' ').includes(row.doc), name)
  }
})

test('the help of an operation teaches its flags, bounds, values, answer and errors', async () => {
  for (const [name, row] of all) {
    const { stdout, code } = await keyhold(['kms', kebab(name), 'help'])
    assert.equal(code, 0)
    const flat = stdout.replace(/\s+/g, ' ')
    for (const [member, { doc, shape }] of Object.entries(row.input)) {
      assert.ok(flat.includes(`--${kebab(member)}`), `${name} ${member}`)
      assert.ok(flat.includes(doc), `${name} ${member}`)
      if (shape.kind === 'enum') assert.ok(flat.includes(shape.values.join(', ')))
      if (shape.kind === 'integer') assert.ok(flat.includes(`${shape.min} to ${shape.max}`))
    }
    for (const member of Object.keys(row.output ?? {})) assert.ok(flat.includes(`${member} (`))
    for (const error of row.errors) assert.ok(flat.includes(error))
    assert.deepEqual(await keyhold(['kms', kebab(name), '--help']), { code, stdout, stderr: '' })
  }
})

test('no line of the help is wider than 100 columns', async () => {
  for (const [name] of all) {
    const { stdout } = await keyhold(['kms', kebab(name), 'help'])
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  }
})

test('the version tells the program and what it runs on', async () => {
  const pattern = /^keyhold\/\d+\.\d+\.\d+ Node\/\d+\.\d+\.\d+ \w+\/\w+\n$/
  for (const args of [['version'], ['--version'], ['kms', '--version']]) {
    assert.match((await keyhold(args)).stdout, pattern)
  }
})
