import { parseArgv, type Option } from './argv.ts'
import { CliError, exitCode, failure, usageError } from './io.ts'

export const outputFormats = ['json', 'text', 'table', 'yaml', 'yaml-stream'] as const
export type OutputFormat = (typeof outputFormats)[number]
export const binaryFormats = ['base64', 'raw-in-base64-out'] as const
export type BinaryFormat = (typeof binaryFormats)[number]
export type ColorMode = 'on' | 'off' | 'auto'

/** A flag that every operation takes, with what the help says of it. */
export type GlobalOption = Option & { readonly doc: string }

export const globalOptions: readonly GlobalOption[] = [
  { name: '--endpoint-url', values: 'one', doc: 'The service to call: http://… or https://….' },
  { name: '--region', values: 'one', doc: 'The Region to call.' },
  { name: '--profile', values: 'one', doc: 'The profile of the configuration files to use.' },
  { name: '--output', values: 'one', choices: outputFormats, doc: 'How the answer is printed.' },
  { name: '--query', values: 'one', doc: 'A JMESPath expression that selects from the answer.' },
  {
    name: '--cli-binary-format',
    values: 'one',
    choices: binaryFormats,
    doc: 'Whether blobs are given in base64 (the default) or as they are.',
  },
  { name: '--no-paginate', values: 'none', doc: 'Makes one call alone, and prints its answer.' },
  { name: '--ca-bundle', values: 'one', doc: 'PEM file of the authorities to trust.' },
  { name: '--no-verify-ssl', values: 'none', doc: 'Accepts any certificate. For trials only.' },
  {
    name: '--cli-read-timeout',
    values: 'one',
    doc: 'Seconds to wait for an answer; 0 waits for ever; absent: 60.',
  },
  {
    name: '--cli-connect-timeout',
    values: 'one',
    doc: 'Seconds to wait for a connection; 0 waits for ever; absent: 60.',
  },
  { name: '--no-sign-request', values: 'none', doc: 'Sends the request without a signature.' },
  { name: '--color', values: 'one', choices: ['on', 'off', 'auto'], doc: 'Colours of tables.' },
  { name: '--debug', values: 'none', doc: 'Tells on stderr what goes over the wire; no secrets.' },
  { name: '--no-cli-pager', values: 'none', doc: 'Accepted; output never goes to a pager.' },
  { name: '--no-cli-auto-prompt', values: 'none', doc: 'Accepted; there is no prompt.' },
  { name: '--version', values: 'none', doc: 'Prints the version.' },
]

// Known, so that they are refused by name rather than taken for misspellings.
const refusedOptions: readonly Option[] = [{ name: '--cli-auto-prompt', values: 'none' }]

export type Globals = {
  readonly endpointUrl: string | undefined
  readonly region: string | undefined
  readonly profile: string | undefined
  readonly output: OutputFormat | undefined
  readonly query: string | undefined
  readonly binaryFormat: BinaryFormat | undefined
  readonly paginate: boolean
  readonly caBundle: string | undefined
  readonly verifyTls: boolean
  readonly signed: boolean
  readonly readTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly color: ColorMode
  readonly debug: boolean
  readonly version: boolean
}

/** Takes the global flags out of a command line, wherever they stand in it. */
export const parseGlobals = (
  args: readonly string[],
): { globals: Globals; rest: readonly string[] } => {
  const { values, rest } = parseArgv(args, [...globalOptions, ...refusedOptions])
  const value = (name: string): string | undefined => values.get(name)?.[0]
  if (values.has('--cli-auto-prompt')) {
    throw usageError('argument --cli-auto-prompt: there is no prompt')
  }
  const endpointUrl = value('--endpoint-url')
  if (endpointUrl !== undefined) requireScheme(endpointUrl)
  return {
    globals: {
      endpointUrl,
      region: value('--region'),
      // An empty name means none, as it does to AWS's command line.
      profile: value('--profile') || undefined,
      // The parser has checked these three against their choices.
      output: value('--output') as OutputFormat | undefined,
      binaryFormat: value('--cli-binary-format') as BinaryFormat | undefined,
      color: (value('--color') ?? 'auto') as ColorMode,
      query: value('--query'),
      paginate: !values.has('--no-paginate'),
      caBundle: value('--ca-bundle'),
      verifyTls: !values.has('--no-verify-ssl'),
      signed: !values.has('--no-sign-request'),
      readTimeoutMs: seconds(value('--cli-read-timeout')),
      connectTimeoutMs: seconds(value('--cli-connect-timeout')),
      debug: values.has('--debug'),
      version: values.has('--version'),
    },
    rest,
  }
}

const seconds = (value: string | undefined): number => {
  if (value === undefined) return 60_000
  if (!/^\d{1,6}$/.test(value)) {
    throw failure(`invalid literal for int() with base 10: '${value}'`)
  }
  return Number(value) * 1000
}

const requireScheme = (url: string): void => {
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return
  throw new CliError(
    exitCode.usage,
    `Bad value for --endpoint-url "${url}": scheme is missing.  Must be of the form ` +
      'http://<hostname>/ or https://<hostname>/',
  )
}

/** Throws unless the text is an http or https URL. */
export const requireUrl = (url: string): void => {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  if ((scheme === 'http' || scheme === 'https') && URL.canParse(url)) return
  throw failure(`Invalid endpoint: ${url}`)
}
