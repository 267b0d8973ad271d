import { benchOperationNames } from './operations.ts'

/** A flag of `keyhold bench`: how it is read and what the help says of it. */
export type BenchFlag = {
  readonly name: string
  /** How the help names the value; absent for a flag without one. */
  readonly value?: string
  readonly choices?: readonly string[]
  readonly takesMany?: true
  readonly group: BenchGroup
  readonly doc: string
}

export const benchGroups = ['What', 'Load', 'Report', 'Service'] as const
type BenchGroup = (typeof benchGroups)[number]

/** All flags, in the order of the help. */
export const benchFlags: readonly BenchFlag[] = [
  {
    name: '--key-id',
    value: 'KEY',
    group: 'What',
    doc: 'The key to work with: id, ARN or alias. None is made; the load is audited under it.',
  },
  {
    name: '--operation',
    value: 'NAME',
    choices: benchOperationNames,
    group: 'What',
    doc: 'What is asked (default: encrypt).',
  },
  {
    name: '--bytes',
    value: 'N',
    group: 'What',
    doc: 'Bytes to encrypt or to sign, 1 to 4096 (default: 32).',
  },
  {
    name: '--encryption-context',
    value: 'NAME=VALUE…',
    takesMany: true,
    group: 'What',
    doc: 'The encryption context of each request, where the key asks for one.',
  },
  {
    name: '--algorithm',
    value: 'NAME',
    group: 'What',
    doc: 'The algorithm of a key pair; absent: the first one of a key that signs.',
  },
  {
    name: '--connections',
    value: 'N',
    group: 'Load',
    doc: 'Connections, kept alive, 1 to 4096 (default: 16).',
  },
  {
    name: '--rate',
    value: 'N',
    group: 'Load',
    doc: 'Requests a second, answered or not, 1 to 1000000; absent: as fast as answers come.',
  },
  {
    name: '--duration',
    value: 'SECONDS',
    group: 'Load',
    doc: 'How long to measure, 0.1 to 3600 (default: 10).',
  },
  {
    name: '--warm-up',
    value: 'SECONDS',
    group: 'Load',
    doc:
      'The same load before, not measured, 0 to 60 (default: 4). With less, the stalls of the load ' +
      'generator while Node compiles its own code are in the latencies.',
  },
  {
    name: '--requests',
    value: 'N',
    group: 'Load',
    doc: 'Ends after so many requests, if that is sooner.',
  },
  {
    name: '--timeout',
    value: 'SECONDS',
    group: 'Load',
    doc: 'After so long an answer counts as lost, 0.1 to 60 (default: 10).',
  },
  {
    name: '--output',
    value: 'FORM',
    choices: ['text', 'json'],
    group: 'Report',
    doc: 'How the figures are printed (default: text).',
  },
  {
    name: '--quiet',
    group: 'Report',
    doc: 'No progress on the terminal.',
  },
  { name: '--help', group: 'Report', doc: 'Prints this.' },
  {
    name: '--endpoint-url',
    value: 'URL',
    group: 'Service',
    doc: 'The service to call: http://… or https://….',
  },
  { name: '--region', value: 'REGION', group: 'Service', doc: 'The Region to call.' },
  {
    name: '--profile',
    value: 'NAME',
    group: 'Service',
    doc: 'The profile of the configuration files to use.',
  },
  {
    name: '--ca-bundle',
    value: 'PATH',
    group: 'Service',
    doc: 'PEM file of the authorities to trust.',
  },
  {
    name: '--no-verify-ssl',
    group: 'Service',
    doc: 'Accepts any certificate. For trials only.',
  },
]
