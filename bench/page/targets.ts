import { type Spread, spreadText } from '../statistics.ts'
import type { AllKept } from './results.ts'

/** Something that was to be reached, and what was measured of it. */
export type Target = {
  readonly what: string
  readonly toReach: string
  /** `undefined`: it was not measured. */
  readonly found: { readonly text: string; readonly isMet: boolean } | undefined
}

const connections = 64

/** What the service set out to reach, in the order of the page. */
export const targetsOf = (all: AllKept): readonly Target[] => [
  ...rates(all),
  workers(all),
  ...latencies(all),
  ...peers(all),
  ...growth(all),
  command(all),
]

const atLeast = (spread: Spread | undefined, least: number): Target['found'] =>
  spread && { text: spreadText(spread, 2), isMet: spread.median >= least }

const rates = ({ service }: AllKept): readonly Target[] =>
  ['Encrypt', 'Decrypt', 'GenerateDataKey'].map((operation) => {
    const own = service?.figures.find(
      (each) =>
        each.operation === operation &&
        each.contestant === 'keyhold' &&
        each.connections === connections,
    )
    return {
      what: `${operation}, requests a second beside an empty node:http, one core each`,
      toReach: '1.0 or more',
      found: atLeast(own?.ratioToEcho, 1),
    }
  })

const workers = ({ workers: kept }: AllKept): Target => ({
  what: 'requests a second of two workers beside one process, the worst operation',
  toReach: '1.8 or more',
  found: atLeast(lowest(kept?.figures.map(({ ratio }) => ratio)), 1.8),
})

const lowest = (spreads: readonly Spread[] = []): Spread | undefined =>
  spreads.toSorted((a, b) => a.median - b.median)[0]

const latencies = ({ service, latency }: AllKept): readonly Target[] => {
  const closed = service?.figures.filter(
    (each) => each.contestant === 'keyhold' && each.connections === connections,
  )
  return [
    {
      what: 'p99 at half of the highest rate, the worst operation',
      toReach: '5 ms or less',
      found: worst(
        latency?.figures.map((each) => each.p99Ms),
        5,
      ),
    },
    {
      what: `p99 at the highest rate, ${connections} connections, the worst operation`,
      toReach: '15 ms or less',
      found: worst(
        closed?.map((each) => each.p99Ms),
        15,
      ),
    },
  ]
}

const worst = (spreads: readonly Spread[] | undefined, most: number): Target['found'] => {
  const found = spreads?.toSorted((a, b) => b.median - a.median)[0]
  return found && { text: `${spreadText(found, 1)} ms`, isMet: found.median <= most }
}

const peers = ({ peers: kept }: AllKept): readonly Target[] => {
  const ofAll = (contestant: string) =>
    kept?.figures.results.filter(
      (each) => each.contestant === contestant && each.connections === connections,
    ) ?? []
  const ahead = ['local-kms', 'moto', 'LocalStack', 'floci'].map((name) => ({
    what: `requests a second beside ${name}, the worst operation`,
    toReach: 'above 1.0',
    found:
      missing(kept?.figures.missing[name]) ??
      atLeast(lowest(ofAll(name).map((each) => each.keyholdRatio)), 1),
  }))
  // The other way round: what TLS leaves of the plain rate.
  const tls = ofAll('keyhold, TLS').map(({ keyholdRatio: { median, min, max } }) => ({
    median: 1 / median,
    min: 1 / max,
    max: 1 / min,
  }))
  return [
    ...ahead,
    {
      what: 'requests a second beside OpenBao, transit with file audit',
      toReach: '2 or more',
      found:
        missing(kept?.figures.missing['OpenBao']) ??
        atLeast(lowest(ofAll('OpenBao').map((each) => each.keyholdRatio)), 2),
    },
    {
      what: 'requests a second by TLS beside those without, kept alive, the worst operation',
      toReach: '0.7 or more',
      found: atLeast(lowest(tls), 0.7),
    },
  ]
}

const missing = (why: string | undefined): Target['found'] =>
  why === undefined ? undefined : { text: `missing: ${why}`, isMet: false }

const growth = ({ growth: kept }: AllKept): readonly Target[] => {
  const of = (keys: number) => kept?.figures.keys.find((each) => each.keys === keys)
  const many = of(100_000)
  const most = of(1_000_000)
  return [
    {
      what: 'memory with 100,000 keys, 1,000 of them used',
      toReach: '250 MiB or less',
      found: many && { text: `${Math.round(many.hotMib)} MiB`, isMet: many.hotMib <= 250 },
    },
    {
      what: 'start until ready with 1,000,000 keys',
      toReach: '1 s or less',
      found: most && {
        text: `${(most.readyMs / 1000).toFixed(1)} s`,
        isMet: most.readyMs <= 1000,
      },
    },
  ]
}

const command = ({ cli }: AllKept): Target => {
  const aws = cli?.figures.find((each) => each.command.startsWith('aws'))
  return {
    what: 'time of `aws kms encrypt` beside `keyhold kms encrypt`, whole command',
    toReach: '2.9 or more',
    found: atLeast(aws?.ratioToKeyhold, 1 / 0.35),
  }
}
