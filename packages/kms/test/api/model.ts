import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
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
  error?: { code: string; httpStatusCode: number }
}

/** The model of a service as the shared facts have it. */
export type Model = {
  operations: Record<string, { input?: string | null; output?: string | null; errors: string[] }>
  errors: string[]
  shapes: Record<string, ModelShape>
}

export const readModel = (file: string): unknown =>
  JSON.parse(readFileSync(sharedPath(`facts/${file}`), 'utf8'))

/** Rows held against the model: members, bounds, patterns, enums, errors, and what they refer to. */
export const testRows = (
  operations: { readonly [name: string]: Operation },
  model: Omit<Model, 'errors'>,
): void => {
  for (const [name, row] of Object.entries(operations)) {
    test(`${name} has the members, bounds, patterns, enums and errors of the model`, () => {
      const operation = model.operations[name]
      assert(operation)
      compareMembers(model, row.input, operation.input, name, 'input')
      if (row.output === undefined) assert.equal(operation.output ?? null, null)
      else compareMembers(model, row.output, operation.output, name, 'output')
      assert.deepEqual([...row.errors].sort(), [...operation.errors].sort())
    })

    test(`${name} names only its own members in what it audits and authorizes`, () => {
      for (const member of row.audit) assert(Object.hasOwn(row.input, member), member)
      for (const member of row.auditOutput) assert(Object.hasOwn(row.output ?? {}, member), member)
      for (const { resource } of row.authorize)
        if ('member' in resource && resource.member !== undefined)
          assert(Object.hasOwn(row.input, resource.member))
    })
  }
}

/** A declared shape in the model's own terms, one level deep. */
const described = (shape: Shape): Partial<ModelShape> => {
  switch (shape.kind) {
    case 'text':
      return {
        type: 'string',
        ...bounds(shape),
        ...(shape.pattern && { pattern: shape.pattern }),
        ...(shape.sensitive && { sensitive: true }),
      }
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

type Shapes = Pick<Model, 'shapes'>

const modelShape = ({ shapes }: Shapes, name: string): ModelShape => {
  const shape = shapes[name]
  assert(shape, `the model has a shape ${name}`)
  return shape
}

const compareShape = (model: Shapes, shape: Shape, name: string, path: string): void => {
  const wanted = modelShape(model, name)
  const { member, members, required: _, ...own } = wanted
  if (own.type === 'map') {
    assert.equal(shape.kind, 'map', path)
    return
  }
  const { sensitive, ...found } = described(shape)
  const { sensitive: secret, ...bounded } = own
  assert.deepEqual(found, bounded, path)
  // A row may keep more secret than the model does, not less.
  if (secret === true) assert.equal(sensitive, true, path)
  if (shape.kind === 'list') compareShape(model, shape.member, member ?? '', `${path}[]`)
  if (shape.kind === 'structure') compareMembers(model, shape.members, name, path, 'output')
  if (members !== undefined) assert.equal(shape.kind, 'structure', path)
}

const compareMembers = (
  model: Shapes,
  members: Members,
  name: string | null | undefined,
  path: string,
  side: 'input' | 'output',
): void => {
  const wanted: Partial<ModelShape> = name ? modelShape(model, name) : {}
  assert.deepEqual(Object.keys(members).sort(), Object.keys(wanted.members ?? {}).sort(), path)
  const required = Object.keys(members).filter((each) => members[each]?.presence === 'required')
  // What the service always sends may be optional in the model, but not the other way round.
  if (side === 'input') assert.deepEqual(required.sort(), (wanted.required ?? []).sort(), path)
  else for (const each of wanted.required ?? []) assert(required.includes(each), `${path}.${each}`)
  for (const [member, { shape }] of Object.entries(members))
    compareShape(model, shape, wanted.members?.[member] ?? '', `${path}.${member}`)
}
