import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Shape } from '../../src/api/shapes.ts'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { auditLines } from './files.ts'
import { startTestService } from './harness.ts'
import { createKeyFor, validInput } from './inputs.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

const tried = new Set<string>()
const canary = 'canary-4711-'
const canaryBase64 = Buffer.from(canary).toString('base64')
const holdsCanary = (text: string): boolean =>
  text.includes(canary) || text.includes(canaryBase64.slice(0, 15))

/** A value that carries the canary wherever its shape has room for one; else `undefined`. */
const canaryOf = (shape: Shape): unknown => {
  switch (shape.kind) {
    case 'text':
      return canary.padEnd(shape.min ?? 0, 'a')
    case 'enum':
      // Of another value AWS's own refusal tells.
      return shape.values[0]
    case 'blob':
      return canaryBase64
    case 'map':
      return { [canary]: canary }
    case 'list': {
      const member = canaryOf(shape.member)
      return member === undefined ? undefined : [member]
    }
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members).map(([name, member]) => [name, canaryOf(member.shape)]),
      )
    default:
      return undefined
  }
}

describe('the audit log and the log', () => {
  for (const [name, row] of Object.entries(operations) as [OperationName, Operation][]) {
    it(`of ${name} repeat no member that its row does not list`, async () => {
      const key = await createKeyFor(service, name)
      for (const [member, { shape }] of Object.entries(row.input)) {
        const value = canaryOf(shape)
        if (value === undefined || row.audit.includes(member)) continue
        const valid = await validInput(service, name, key)
        const before = auditLines(service.directory).length
        await service.call(name, { ...valid, [member]: value })
        const records = auditLines(service.directory).slice(before)
        tried.add(`${name}.${member}`)
        const outcomes = records.filter((line) => !line.includes('"outcome":"intended"'))
        assert.equal(outcomes.length, 1, member)
        assert(!holdsCanary(records.join('\n')), `${member}: ${records.join('\n')}`)
      }
      assert(!holdsCanary(JSON.stringify(service.log.lines)))
    })
  }

  it('were tried with the members that are secrets, and may hold those that are listed', async () => {
    for (const member of ['Encrypt.Plaintext', 'Encrypt.GrantTokens', 'Decrypt.CiphertextBlob'])
      assert(tried.has(member), member)
    await service.call('DescribeKey', { KeyId: canary })
    assert(holdsCanary(auditLines(service.directory).at(-1) ?? ''))
  })
})
