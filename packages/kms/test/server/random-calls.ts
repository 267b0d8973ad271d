import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { errorStatus } from '../../src/api/errors.ts'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { makeIssuer } from '../core/attestation/issuer.ts'
import { auditLines } from './files.ts'
import { bodyBytes, dayMs, FakeClock, type Reply, startTestService } from './harness.ts'
import { inputsOf } from './random-inputs.ts'
import { endWorld, makeWorld, type RandomWorld } from './random-world.ts'

/** So many calls about the same keys: by then most of them are disabled or await their deletion. */
const callsPerWorld = 500
/** What may become more of what is alive: in a long run, about a hundred bytes for each call. */
const growthBytesMax = 8 * 1024 * 1024
/** In so many calls every operation is answered some time. */
const isLongFrom = 10_000

/** Errors of any operation, whatever its row declares. */
const everywhere = [
  'AccessDeniedException',
  'SerializationException',
  'UnsupportedOperationException',
  'ValidationException',
]
/** What AWS was seen to answer, or has to, although its model does not declare it. */
const unmodelled: { readonly [N in OperationName]?: readonly string[] } = {
  CreateAlias: ['NotAuthorizedException'],
  UpdateAlias: ['NotAuthorizedException', 'AlreadyExistsException'],
  DescribeKey: ['InvalidGrantTokenException'],
  ListKeyPolicies: ['InvalidMarkerException'],
}

type RandomCall = { readonly name: OperationName; readonly body: Uint8Array }

const names = Object.keys(operations) as OperationName[]

/** Inputs that succeed, changed in a member or two; inputs made from the rows; damaged bytes. */
const callsOf = ({ known, inputs }: RandomWorld): fc.Arbitrary<RandomCall> =>
  fc.constantFrom(...names).chain((name) => {
    const { input } = operations[name] as Operation
    const random = inputsOf(input, known)
    const valid = inputs.get(name) ?? {}
    const members = Object.keys(input)
    const maxLength = Math.min(2, members.length)
    const changed = fc.tuple(random, fc.subarray(members, { maxLength })).map(([other, some]) => ({
      ...valid,
      ...Object.fromEntries(some.map((member) => [member, other[member]])),
    }))
    const whole = fc.oneof(changed, random).map(bodyBytes)
    return fc.record({
      name: fc.constant(name),
      body: fc.oneof({ weight: 14, arbitrary: whole }, { weight: 1, arbitrary: damaged(whole) }),
    })
  })

const damaged = (bodies: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.tuple(bodies, fc.nat(), fc.nat(255)).map(([body, at, byte]) => {
      const changed = Buffer.from(body)
      changed[at % changed.length] = byte
      return changed
    }),
    fc.tuple(bodies, fc.nat()).map(([body, at]) => body.subarray(0, at % body.length)),
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 64 }),
  )

const requireAnswer = ({ name }: RandomCall, reply: Reply): void => {
  if (reply.status === 200) return
  assert.equal(reply.status, 400, `${name}: ${reply.text}`)
  const code = reply.type ?? ''
  assert(Object.hasOwn(errorStatus, code), `${name}: ${reply.text}`)
  const declared: readonly string[] = operations[name].errors
  const allowed = [...declared, ...everywhere, ...(unmodelled[name] ?? [])]
  assert(allowed.includes(code), `${name}: ${reply.text}`)
}

/** What is alive, in bytes. */
const aliveBytes = (): number => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * Makes so many random calls of all operations, and fails where one is answered with anything but
 * its output or an error of AWS, where the service has an internal failure, or where its memory
 * grows with the calls. fast-check tells the seed of what fails.
 */
export const makeRandomCalls = async (count: number): Promise<void> => {
  const clock = new FakeClock()
  const issuer = makeIssuer(clock.nowMs())
  const attestation = { roots: issuer.roots, ageMsMax: 300_000 }
  await using service = await startTestService({ clock, attestation })
  const answered = new Map<OperationName, number>()
  const sizes: number[] = []
  for (let made = 0; made < count; made += callsPerWorld) {
    const world = await makeWorld(service, issuer)
    const property = fc.asyncProperty(callsOf(world), async (random) => {
      const reply = await service.call(random.name, random.body)
      requireAnswer(random, reply)
      if (reply.status === 200) answered.set(random.name, (answered.get(random.name) ?? 0) + 1)
    })
    await fc.assert(property, {
      numRuns: Math.min(callsPerWorld, count - made),
      endOnFailure: true,
    })
    const errors = service.log.lines.filter(({ level }) => level === 'error')
    assert.deepEqual(errors, [])
    service.log.lines.length = 0
    await endWorld(service)
    clock.advance(8 * dayMs)
    sizes.push(aliveBytes())
  }
  assert(count < isLongFrom || answered.size === names.length, [...answered.keys()].join(', '))
  const total = [...answered.values()].reduce((sum, each) => sum + each, 0)
  assert(total > count / 10, `only ${total} of ${count} were answered`)
  assert(auditLines(service.directory).length > count)
  // Caches fill up first.
  const settled = sizes.slice(Math.floor(sizes.length / 3))
  const grown = (settled.at(-1) ?? 0) - (settled[0] ?? 0)
  assert(grown < growthBytesMax, `${grown} bytes more are alive: ${settled.join(', ')}`)
}
