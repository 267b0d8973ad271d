import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aws, openBench } from '../cli.mjs'

export const region = 'ca-central-1'
export const bench = await openBench(region)

/** The commands that have been seen to succeed. */
export const done = new Set()

/** The commands of the operations that the AWS CLI has a description of. */
export const commandsKnown = () => {
  const file = join(bench.folder, 'models/kms/2014-11-01/service-2.json')
  const names = Object.keys(JSON.parse(readFileSync(file, 'utf8')).operations)
  return names.map((name) => name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase())
}

export const words = (line) => line.split(' ')

/** Runs a command that has to succeed; resolves to what it tells, `undefined` for nothing. */
export const callWith = async (options, line, ...more) => {
  const args = [...words(line), ...more]
  const { stdout, stderr, code } = await aws(bench, args, options)
  assert.equal(stderr, '')
  assert.equal(code, 0)
  done.add(args[0])
  return stdout === '' ? undefined : JSON.parse(stdout)
}

export const call = (line, ...more) => callWith({}, line, ...more)

export const refuses = async (line, operation, code, message) => {
  const answer = await aws(bench, words(line))
  const text = `An error occurred (${code}) when calling the ${operation} operation: ${message}`
  assert.equal(answer.stderr.trim(), text.trim())
  assert.equal(answer.code, 254)
  assert.equal(answer.stdout, '')
}

export const newKey = async (options = '') =>
  (await call(`create-key${options === '' ? '' : ' '}${options}`)).KeyMetadata
export const textOf = (base64) => Buffer.from(base64, 'base64').toString()

/** Writes bytes to where the command finds them; the argument that names them. */
export const file = (name, bytes) => {
  writeFileSync(join(bench.folder, name), bytes)
  return `fileb://${name}`
}
