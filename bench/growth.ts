/** What grows with the number of keys, of aliases, with long policies, and with the audit log? */
import { rm } from 'node:fs/promises'
import { layout } from '../packages/kms/src/server/data-directory.ts'
import { measureSize, type Reference, type Size } from './growth/measure.ts'
import { newKey, policyGrowth, type PolicyGrowth } from './growth/policies.ts'
import { runChild, serving, type Started } from './growth/service.ts'
import { Scope } from './children.ts'
import type { BenchOptions, Question } from './question.ts'
import { spreadText, tableText } from './statistics.ts'

type KeysResult = Size & {
  readonly keys: number
  readonly aliases: number
  readonly seedMs: number
  /** CPU time of a start that has to verify all changes, for there is no checkpoint. */
  readonly wholeStartCpuMs: number
}
type AuditResult = Pick<Started, 'readyMs' | 'readyCpuMs' | 'readyMib'> & {
  readonly auditMib: number
}

export const question: Question = {
  title: 'growth: keys, aliases, policies and audit log, from few to many',
  async answer(options) {
    await using scope = new Scope()
    const directory = await scope.directory()
    const policies = await policyGrowth(directory, options)
    const audit = await auditGrowth(await scope.directory(), options)
    const small = await scope.directory()
    const keys = await serving(small, async (service) => {
      await service.verified
      const keyId = await newKey(service)
      return keyGrowth(directory, { service, keyId }, options)
    })
    return { text: textOf(keys, policies, audit), figures: { keys, policies, audit } }
  },
}

const tell = (text: string): void => {
  process.stderr.write(`  ${text}\n`)
}

/** Keys, and a tenth as many aliases; each size on top of the one before. */
const keyGrowth = async (
  directory: string,
  reference: Reference,
  { quick }: BenchOptions,
): Promise<readonly KeysResult[]> => {
  const results: KeysResult[] = []
  const region = await serving(directory, ({ place }) => Promise.resolve(place.region))
  let seeded = 0
  for (const keys of quick ? [10, 1000] : [10, 1000, 10_000, 100_000, 1_000_000]) {
    tell(`${keys.toLocaleString('en-US')} keys`)
    const startMs = performance.now()
    const aliases = keys / 10
    const more = keys - seeded
    await runChild('seed-child.ts', [
      directory,
      region,
      String(more),
      String(aliases - seeded / 10),
    ])
    const seedMs = performance.now() - startMs
    seeded = keys
    await rm(layout(directory).checkpoint, { force: true })
    const wholeStartCpuMs = await serving(directory, async ({ readyCpuMs }) => readyCpuMs)
    const durationMs = quick ? 500 : 3000
    const size = await serving(directory, (service) => measureSize(service, reference, durationMs))
    results.push({ keys, aliases, seedMs, wholeStartCpuMs, ...size })
  }
  return results
}

/** What a start costs beside a long audit log. */
const auditGrowth = async (
  directory: string,
  { quick }: BenchOptions,
): Promise<readonly AuditResult[]> => {
  const results: AuditResult[] = []
  let written = 0
  for (const auditMib of quick ? [0, 100] : [0, 100, 1024, 10_240]) {
    tell(`${auditMib} MiB of audit log`)
    await serving(directory, () => Promise.resolve())
    await runChild('audit-child.ts', [directory, String(auditMib - written)])
    written = auditMib
    // The first start after it looks for uses in the newest 64 MiB, as after a crash.
    await serving(directory, () => Promise.resolve())
    results.push(
      await serving(directory, ({ readyMs, readyCpuMs, readyMib }) =>
        Promise.resolve({ auditMib, readyMs, readyCpuMs, readyMib }),
      ),
    )
  }
  return results
}

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const textOf = (
  keys: readonly KeysResult[],
  policies: readonly PolicyGrowth[],
  audit: readonly AuditResult[],
): string => {
  const head = [
    'keys',
    'aliases',
    'ready ms',
    'its CPU ms',
    'without checkpoint',
    'MiB then',
    'MiB, 1,000 used',
    'verified after s',
    'its CPU s',
    'Encrypt p50 ms',
    'its CPU us',
    '/ few keys',
    'CreateKey/s',
    'its CPU us',
    'ListKeys page ms',
    'ListAliases page ms',
  ]
  const rows = keys.map((size) => [
    number(size.keys),
    number(size.aliases),
    number(size.readyMs),
    number(size.readyCpuMs),
    number(size.wholeStartCpuMs),
    number(size.readyMib),
    number(size.hotMib),
    number(size.verifiedMs / 1000, 1),
    number(size.verifiedCpuMs / 1000, 1),
    number(size.encryptP50Ms, 2),
    number(size.encryptCpuMicros),
    spreadText(size.encryptCpuRatio, 2),
    number(size.createKeysPerSecond),
    number(size.createKeyCpuMicros),
    number(size.listKeysMs, 1),
    number(size.listAliasesMs, 1),
  ])
  const policyRows = policies.map((each) => [
    number(each.policyBytes),
    number(each.statements),
    number(each.encryptCpuMicros),
    number(each.encryptP50Ms, 2),
  ])
  const auditRows = audit.map((each) => [
    number(each.auditMib),
    number(each.readyMs),
    number(each.readyCpuMs),
    number(each.readyMib),
  ])
  return (
    tableText([head, ...rows]) +
    '  one measurement each, Encrypt in turns with a service that has few keys; pages hold 1,000 keys,\n' +
    '  or 100 aliases\n\n' +
    tableText([['key policy, bytes', 'statements', 'Encrypt CPU us', 'p50 ms'], ...policyRows]) +
    '\n' +
    tableText([['audit log, MiB', 'ready ms', 'its CPU ms', 'MiB then'], ...auditRows])
  )
}
