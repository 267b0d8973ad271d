import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { thisMachine } from '../machine.ts'
import { type AllKept, newestResults } from './results.ts'
import { targetsOf } from './targets.ts'
import { pageText } from './text.ts'

const even = (value: number) => ({ median: value, min: value, max: value })

const kept = (question: string, startedAt: string, figures: unknown, quick = false) => ({
  question,
  startedAt,
  machine: { ...thisMachine(), loadAverage: 0.1 },
  options: { quick },
  figures,
})

const serviceFigures = (ratio: number, p99Ms: number) => [
  {
    operation: 'Encrypt',
    contestant: 'keyhold',
    connections: 64,
    perSecond: even(10_000),
    p50Ms: even(5),
    p99Ms: even(p99Ms),
    ratioToEcho: even(ratio),
    cpuRatioToEcho: even(ratio),
  },
]

const service = (ratio: number, p99Ms: number): AllKept =>
  ({ service: kept('service', '2026-01-02T00:00:00Z', serviceFigures(ratio, p99Ms)) }) as AllKept

const verdictOf = (all: AllKept, what: RegExp): boolean | undefined =>
  targetsOf(all).find((target) => what.test(target.what))?.found?.isMet

test('a target is met from its bound on, and not measured without a figure', () => {
  assert.equal(verdictOf(service(1, 15), /^Encrypt/), true)
  assert.equal(verdictOf(service(0.99, 15), /^Encrypt/), false)
  assert.equal(verdictOf(service(1, 15), /^p99 at the highest/), true)
  assert.equal(verdictOf(service(1, 15.1), /^p99 at the highest/), false)
  assert.equal(verdictOf(service(1, 15), /^Decrypt/), undefined)
})

test('a peer that was missing is not compared, and said to be missing', () => {
  const missing = { OpenBao: 'nobody serves it' }
  const peers = kept('peers', '2026-01-02T00:00:00Z', { versions: {}, missing, results: [] })
  const page = pageText({ peers } as AllKept)
  assert.match(page, /OpenBao[^\n]*missing: nobody serves it \| not compared \|/)
  assert.match(page, /- OpenBao is missing: nobody serves it/)
})

test('the page says what was not measured, and whether the machine was busy', () => {
  const page = pageText(service(1.2, 4))
  assert.match(page, /1\.20 \(1\.20-1\.20\) \| met \|/)
  assert.match(page, /Not measured yet: `npm run bench growth`\./)
  assert.doesNotMatch(page, /of a busy machine/)
  const busy = service(1.2, 4)
  const machine = { ...busy.service!.machine, loadAverage: 9 }
  assert.match(pageText({ service: { ...busy.service!, machine } }), /of a busy machine/)
})

test('the newest whole run of a question counts, and none that was quick', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-test-'))
  const runs = [
    ['service-2026-01-01.json', kept('service', '2026-01-01', [])],
    ['service-2026-01-02.json', kept('service', '2026-01-02', [])],
    ['service-2026-01-03.json', kept('service', '2026-01-03', [], true)],
  ] as const
  for (const [name, run] of runs) await writeFile(join(directory, name), JSON.stringify(run))
  const { service: found } = await newestResults(directory)
  await rm(directory, { recursive: true })
  assert.equal(found?.startedAt, '2026-01-02')
})
