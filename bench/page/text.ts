import { type Spread, spreadText } from '../statistics.ts'
import type { AllKept, Figures, QuestionName } from './results.ts'
import { type Target, targetsOf } from './targets.ts'

/** Above this the machine did something else as well, and only CPU times may be compared. */
const quietLoad = 1

/** The whole of docs/performance.md. */
export const pageText = (all: AllKept): string =>
  `${[
    '# Performance',
    intro,
    '## What was to be reached',
    table(['what', 'to reach', 'measured', ''], targetsOf(all).map(targetRow)),
    '## How to repeat it',
    repeat,
    '## On what, and when',
    ...machines(all),
    ...section(all, 'service', '## Beside an HTTP server that does nothing', serviceTable),
    ...section(all, 'limit', '## What an Encrypt costs at least', limitTable),
    ...section(all, 'workers', '## Two workers beside one process', workersTable),
    ...section(all, 'latency', '## Latency where requests come by themselves', latencyTable),
    ...section(all, 'peers', '## Beside others', peersTable),
    ...section(all, 'growth', '## What grows', growthTables),
  ].join('\n\n')}\n`

const intro = `Written by \`npm run bench:page\` from what \`npm run bench\` measured; not edited by hand. A figure means little on another machine and little by itself,
so each one stands beside a limit or a peer that was measured in the same run, in turns. Medians, and in parentheses between which bounds they moved.

Every request is signed and its signature verified, policies decide, and an answer leaves when its audit record is on the disk. The peers that speak AWS's
protocol verify nothing and record nothing. What the SDK and the file commands do is in [envelope.md](envelope.md).`

const repeat = `\`\`\`sh
npm run bench service        # Encrypt, Decrypt, GenerateDataKey beside a node:http echo of the same bytes
npm run bench limit          # an Encrypt beside its HTTP and its cryptography alone
npm run bench latency        # at half of the highest rate, each latency counted from when its request was due
npm run bench peers          # the same work for moto, local-kms, LocalStack and OpenBao, which it installs; and by TLS
npm run bench growth         # 10 to 1,000,000 keys, a policy of 32 KB, an audit log of 10 GB; needs 20 GB and an hour
npm run bench cli            # whole commands beside the aws command
npm run bench smoke          # what CI runs: fails if the CPU time of Encrypt beside the echo's leaves its bounds
npm run bench:page           # writes this page from the newest whole run of each
\`\`\`

Server and load generator have a CPU each. Figures are kept as JSON in \`bench/results\`. \`keyhold bench\` measures an installation of your own, see
[operations.md](operations.md#measuring-an-installation).`

const targetRow = ({ what, toReach, found }: Target): readonly string[] => [
  what,
  toReach,
  found?.text ?? '',
  found === undefined ? 'not measured' : verdict(found),
]

const verdict = ({ text, isMet }: { text: string; isMet: boolean }): string => {
  if (text.startsWith('missing')) return 'not compared'
  return isMet ? 'met' : '**not met**'
}

const machines = (all: AllKept): readonly string[] => {
  const rows = Object.values(all).map(({ question, startedAt, machine }) => [
    question,
    startedAt.slice(0, 10),
    `${machine.cpuCount} x ${machine.cpu}, ${machine.memoryGib} GiB, Linux ${machine.kernel}`,
    machine.node,
    String(machine.loadAverage),
  ])
  const isBusy = Object.values(all).some(({ machine }) => machine.loadAverage > quietLoad)
  return [
    table(['question', 'day', 'machine', 'Node', 'load before'], rows),
    ...(isBusy
      ? [
          'A load above 1 before the start means that other programs were at work: rates and latencies are then those of a busy machine, and only CPU times say ' +
            'something of the service.',
        ]
      : []),
  ]
}

const section = <Name extends QuestionName>(
  all: AllKept,
  name: Name,
  title: string,
  tables: (figures: Figures[Name]) => readonly string[],
): readonly string[] => {
  const kept = all[name]
  if (kept === undefined) return [title, `Not measured yet: \`npm run bench ${name}\`.`]
  return [title, ...tables(kept.figures)]
}

const serviceTable = (figures: Figures['service']): readonly string[] => [
  table(
    [
      'operation',
      'server',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'of the echo',
      'by CPU time',
    ],
    figures.map((each) => [
      each.operation,
      each.contestant,
      String(each.connections),
      spreadText(each.perSecond),
      spreadText(each.p50Ms, 2),
      spreadText(each.p99Ms, 2),
      each.contestant === 'echo' ? '' : spreadText(each.ratioToEcho, 2),
      each.contestant === 'echo' ? '' : spreadText(each.cpuRatioToEcho, 2),
    ]),
  ),
]

const limitTable = (figures: Figures['limit']): readonly string[] => [
  table(
    ['what', 'CPU us each'],
    [
      ['Encrypt: verified, decided, recorded', spreadText(figures.keyhold, 1)],
      ['an empty `node:http`', spreadText(figures.echo, 1)],
      ["the service's reader, nothing behind it", spreadText(figures.reader, 1)],
      ['the cryptography of an Encrypt alone', spreadText(figures.cryptography, 1)],
    ],
  ),
  `The last two together are what no Encrypt in Node comes below: the empty \`node:http\` is ${spreadText(figures.echoToLeast, 2)} of them, and ` +
    `${spreadText(figures.echoToKeyhold, 2)} of an Encrypt as it is. What lies between is reading and deciding, the audit record and its sync, and the collector.`,
]

const workersTable = (figures: Figures['workers']): readonly string[] => [
  table(
    ['operation', 'two workers', 'by CPU time', 'two empty servers', 'by CPU time'],
    figures.map((each) => [
      each.operation,
      ...[each.ratio, each.ratioByCpu, each.echoRatio, each.echoRatioByCpu].map((spread: Spread) =>
        spreadText(spread, 2),
      ),
    ]),
  ),
  'Each as a share of one process on one CPU. The empty servers share nothing, neither a port nor a disk: what they miss of 2 the machine does not have to give.',
]

const latencyTable = (figures: Figures['latency']): readonly string[] => [
  table(
    ['operation', 'highest rate', 'rate', 'p50 ms', 'p99 ms', 'p99.9 ms', 'echo p99 ms'],
    figures.map((each) => [
      each.operation,
      spreadText(each.peakPerSecond),
      spreadText(each.ratePerSecond),
      ...[each.p50Ms, each.p99Ms, each.p999Ms, each.echoP99Ms].map((spread: Spread) =>
        spreadText(spread, 2),
      ),
    ]),
  ),
  'The echo, an empty `node:http`, got as many requests in the same rounds: what it took is due to the machine and to the generator.',
]

const peersTable = ({ versions, missing, results }: Figures['peers']): readonly string[] => [
  table(
    [
      'operation',
      'connections',
      'service',
      'requests/s',
      'p99 ms',
      'CPU us each',
      'keyhold is',
      'by CPU time',
    ],
    results.map((each) => [
      each.operation,
      String(each.connections),
      each.contestant,
      spreadText(each.perSecond),
      spreadText(each.p99Ms, 2),
      spreadText(each.cpuMicrosEach),
      each.contestant === 'keyhold' ? '' : `${spreadText(each.keyholdRatio, 2)} x`,
      each.contestant === 'keyhold' ? '' : `${spreadText(each.keyholdCpuRatio, 2)} x`,
    ]),
  ),
  [
    ...Object.entries(versions).map(([name, version]) => `- ${name} ${version}`),
    ...Object.entries(missing).map(([name, why]) => `- ${name} is missing: ${why}`),
  ].join('\n'),
]

const growthTables = ({ keys, policies, audit }: Figures['growth']): readonly string[] => [
  table(
    [
      'keys',
      'ready ms',
      'its CPU ms',
      'MiB',
      'MiB, 1,000 used',
      'verified after s',
      'its CPU s',
      'Encrypt CPU us',
      'beside few keys',
      'CreateKey/s',
      'ListKeys page ms',
    ],
    keys.map((each) => [
      whole(each.keys),
      whole(each.readyMs),
      whole(each.readyCpuMs),
      whole(each.readyMib),
      whole(each.hotMib),
      whole(each.verifiedMs / 1000),
      whole(each.verifiedCpuMs / 1000),
      whole(each.encryptCpuMicros),
      spreadText(each.encryptCpuRatio, 2),
      whole(each.createKeysPerSecond),
      whole(each.listKeysMs),
    ]),
  ),
  "All rows and the change log are verified beside the requests, after a start and every hour; Encrypt and CreateKey are measured without, and Encrypt in turns with a service that has few keys: its CPU time as a share of that one's.",
  table(
    ['key policy, bytes', 'Encrypt CPU us'],
    policies.map((each) => [whole(each.policyBytes), whole(each.encryptCpuMicros)]),
  ),
  table(
    ['audit log, MiB', 'ready ms', 'its CPU ms'],
    audit.map((each) => [whole(each.auditMib), whole(each.readyMs), whole(each.readyCpuMs)]),
  ),
  'What the grants on a key cost is the question `npm run bench grants`.',
]

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
