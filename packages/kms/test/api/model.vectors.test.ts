import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { operationNames } from '../../src/api/operation-names.ts'
import { errorStatus } from '../../src/api/errors.ts'
import type { Operation } from '../../src/api/operation.ts'
import { operations } from '../../src/api/operations.ts'
import type { Members, Shape } from '../../src/api/shapes.ts'
import { sharedPath } from '../shared.ts'

type ModelShape = {
  type: 'string' | 'blob' | 'integer' | 'boolean' | 'timestamp' | 'list' | 'map' | 'structure'
  min?: number
  max?: number
  pattern?: string
  enum?: string[]
  sensitive?: boolean
  member?: string
  members?: Record<string, string>
  required?: string[]
}
type Model = {
  operations: Record<string, { input: string; output: string | null; errors: string[] }>
  errors: string[]
  shapes: Record<string, ModelShape>
}

const model = JSON.parse(readFileSync(sharedPath('facts/kms-model.json'), 'utf8')) as Model
const rows = Object.entries(operations) as [string, Operation][]

const modelShape = (name: string): ModelShape => {
  const shape = model.shapes[name]
  assert(shape, `the model has a shape ${name}`)
  return shape
}

/** A declared shape in the model's own terms, one level deep. */
const described = (shape: Shape): Partial<ModelShape> => {
  switch (shape.kind) {
    case 'text':
      return { type: 'string', ...bounds(shape), ...(shape.pattern && { pattern: shape.pattern }) }
    case 'enum':
      return { type: 'string', enum: [...shape.values] }
    case 'blob':
      return { type: 'blob', ...bounds(shape), ...(shape.sensitive && { sensitive: true }) }
    case 'integer':
      return { type: 'integer', ...bounds(shape) }
    case 'flag':
      return { type: 'boolean' }
    case 'time':
      return { type: 'timestamp' }
    case 'map':
      return { type: 'map' }
    case 'list':
      return { type: 'list', ...bounds(shape) }
    case 'structure':
      return { type: 'structure' }
  }
}

const bounds = ({ min, max }: { min?: number; max?: number }) => ({
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
})

const compareShape = (shape: Shape, name: string, path: string): void => {
  const wanted = modelShape(name)
  const { member, members, required: _, ...own } = wanted
  if (own.type === 'map') {
    assert.equal(shape.kind, 'map', path)
    return
  }
  assert.deepEqual(described(shape), own, path)
  if (shape.kind === 'list') compareShape(shape.member, member ?? '', `${path}[]`)
  if (shape.kind === 'structure') compareMembers(shape.members, name, path, 'output')
  if (members !== undefined) assert.equal(shape.kind, 'structure', path)
}

const compareMembers = (
  members: Members,
  name: string,
  path: string,
  side: 'input' | 'output',
): void => {
  const wanted = modelShape(name)
  assert.deepEqual(Object.keys(members).sort(), Object.keys(wanted.members ?? {}).sort(), path)
  const required = Object.keys(members).filter((each) => members[each]?.presence === 'required')
  // What the service always sends may be optional in the model, but not the other way round.
  if (side === 'input') assert.deepEqual(required.sort(), (wanted.required ?? []).sort(), path)
  else for (const each of wanted.required ?? []) assert(required.includes(each), `${path}.${each}`)
  for (const [member, { shape }] of Object.entries(members))
    compareShape(shape, wanted.members?.[member] ?? '', `${path}.${member}`)
}

describe('the declared operations against the model of the API', () => {
  test('every operation name of the model is known, and no other', () => {
    assert.deepEqual([...operationNames], Object.keys(model.operations).sort())
  })

  test('every error of the model has a status', () => {
    for (const code of model.errors) assert(Object.hasOwn(errorStatus, code), code)
  })

  for (const [name, row] of rows) {
    test(`${name} has the members, bounds, patterns, enums and errors of the model`, () => {
      const operation = model.operations[name]
      assert(operation)
      compareMembers(row.input, operation.input, name, 'input')
      if (row.output === undefined) assert.equal(operation.output, null)
      else compareMembers(row.output, operation.output ?? '', name, 'output')
      assert.deepEqual([...row.errors].sort(), [...operation.errors].sort())
    })

    test(`${name} names only its own members in what it audits and authorizes`, () => {
      for (const member of row.audit) assert(Object.hasOwn(row.input, member), member)
      for (const member of row.auditOutput) assert(Object.hasOwn(row.output ?? {}, member), member)
      for (const { resource } of row.authorize)
        if (resource.of !== 'account') assert(Object.hasOwn(row.input, resource.member))
    })
  }
})
