import { type ClientConfigFile, readClientConfig } from '../server/client-config.ts'
import { layout } from '../server/data-directory.ts'
import { exitCode, type Io } from './io.ts'
import { commandSettings, envFormats } from './settings/commands.ts'
import { dataDirectoryOf } from './settings/directory.ts'
import { loadSettings, settingsHelp, UsageError } from './settings/load.ts'
import { tellFailure } from './tell-failure.ts'

type Format = (typeof envFormats)[number]

const help = `usage: keyhold env [--data-dir DIR] [--format sh|json|powershell]

Prints the environment in which AWS's tools talk to a service in evaluation mode:

  eval "$(keyhold env)"

${settingsHelp(commandSettings.env)}
  --format FORMAT                sh, json or powershell (default: sh)
`

/** `keyhold env`. The secret it prints is the one that evaluation mode keeps; nothing else has one. */
export const run = async (args: readonly string[], io: Io): Promise<number> => {
  if (args.includes('--help') || args[0] === 'help') {
    io.stdout.write(help)
    return exitCode.done
  }
  try {
    const { format, rest } = takeFormat(args)
    const settings = await loadSettings(rest, io.env, commandSettings.env)
    const path = dataDirectoryOf(settings, io)
    const config = await readClientConfig(layout(path).client)
    if (config === undefined)
      throw new Error(
        `there is no client configuration in ${path}: a service in evaluation mode keeps one there ` +
          'when it has started; in production mode use the credential that the first start printed',
      )
    io.stdout.write(print(variables(config), format))
    return exitCode.done
  } catch (error) {
    return tellFailure(error, io)
  }
}

const takeFormat = (args: readonly string[]): { format: Format; rest: readonly string[] } => {
  const at = args.findIndex((each) => each === '--format' || each.startsWith('--format='))
  if (at === -1) return { format: 'sh', rest: args }
  const [flag = '', inline] = (args[at] ?? '').split('=')
  const text = inline ?? args[at + 1]
  const format = envFormats.find((each) => each === text)
  if (format === undefined)
    throw new UsageError(`${flag} has to be one of ${envFormats.join(', ')}`)
  return { format, rest: args.toSpliced(at, inline === undefined ? 2 : 1) }
}

/** The names that `keyhold env` prints; the CA's are left out where there is none. */
export const printedVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL_KMS',
  'AWS_ENDPOINT_URL_IAM',
  'AWS_ENDPOINT_URL_STS',
  'AWS_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
] as const

type Variables = { readonly [N in (typeof printedVariables)[number]]?: string }

const variables = (config: ClientConfigFile): Variables => ({
  AWS_ACCESS_KEY_ID: config.accessKeyId,
  AWS_SECRET_ACCESS_KEY: config.secretAccessKey,
  AWS_REGION: config.region,
  AWS_DEFAULT_REGION: config.region,
  AWS_ENDPOINT_URL_KMS: config.endpoint,
  AWS_ENDPOINT_URL_IAM: config.endpoint,
  AWS_ENDPOINT_URL_STS: config.endpoint,
  ...(config.caFile === undefined
    ? {}
    : { AWS_CA_BUNDLE: config.caFile, NODE_EXTRA_CA_CERTS: config.caFile }),
})

const print = (values: Variables, format: Format): string => {
  if (format === 'json') return `${JSON.stringify(values, undefined, 2)}\n`
  const line =
    format === 'sh'
      ? (name: string, value: string) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
      : (name: string, value: string) => `$env:${name} = '${value.replaceAll("'", "''")}'\n`
  return Object.entries(values)
    .map(([name, value]) => line(name, value))
    .join('')
}
