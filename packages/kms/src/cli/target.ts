import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Operation } from '../api/operation.ts'
import type { Credentials } from '../client/credentials.ts'
import { defaultAttemptsMax } from '../client/retry.ts'
import { credentialSource } from './credentials.ts'
import {
  binaryFormats,
  outputFormats,
  requireUrl,
  type BinaryFormat,
  type Globals,
  type OutputFormat,
} from './globals.ts'
import { CliError, exitCode, failure, type Io } from './io.ts'
import { findLocalService } from './local-service.ts'
import { expand } from './paramfile.ts'
import { timestampFormats, type TimestampFormat } from './output/time.ts'
import type { CliService } from './services/service.ts'
import { loadProfile, type Profile } from './profile.ts'

/** What is called: its service says where, its row whether it is signed. */
type Called = {
  readonly service: CliService
  readonly row: Pick<Operation, 'isUnsigned'>
}

/** How a command prints and reads: known before anything is called. */
export type Preferences = {
  readonly output: OutputFormat
  readonly binaryFormat: BinaryFormat
  readonly timestampFormat: TimestampFormat
}

/** Where a command calls, and as whom. */
export type Target = {
  readonly endpoint: string
  readonly region: string
  /** `undefined`: requests are not signed. */
  readonly credentials: (() => Promise<Credentials>) | undefined
  readonly ca: string | undefined
  readonly attemptsMax: number
}

export const readPreferences = (
  globals: Globals,
  profile: Profile,
  env: Io['env'],
): Preferences => ({
  timestampFormat: timestampFormat(profile.setting('cli_timestamp_format') ?? 'iso8601'),
  output: choice(
    'output',
    globals.output ?? env['AWS_DEFAULT_OUTPUT'] ?? profile.setting('output') ?? 'json',
    outputFormats,
  ),
  binaryFormat: choice(
    'cli_binary_format',
    globals.binaryFormat ?? profile.setting('cli_binary_format') ?? 'base64',
    binaryFormats,
  ),
})

const timestampFormat = (value: string): TimestampFormat => {
  const found = timestampFormats.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new CliError(
    exitCode.configuration,
    `Unknown cli_timestamp_format value: ${value}, valid values are "wire" or "iso8601"`,
  )
}

const choice = <T extends string>(name: string, value: string, known: readonly T[]): T => {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined) throw failure(`Unknown ${name} type: ${value}`)
  return found
}

export const openProfile = (
  globals: Globals,
  env: Io['env'],
  configName: string,
): Promise<Profile> => loadProfile(globals.profile, env, configName)

/**
 * Finds the endpoint (flag, environment, profile, then the service on this machine), and the Region
 * and credentials that go with it. AWS itself is called only where it was named.
 */
export const resolveTarget = async (
  command: Called,
  globals: Globals,
  profile: Profile,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Target> => {
  const { env } = io
  const { configName, service } = command.service
  const configured = globals.endpointUrl ?? configuredEndpoint(configName, profile, env)
  if (configured !== undefined) requireUrl(configured)
  const local = configured === undefined ? await findLocalService(env) : undefined
  const endpoint = configured ?? local?.endpoint
  if (endpoint === undefined) throw noEndpoint(configName)
  const region =
    service.region ??
    globals.region ??
    (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile.setting('region') || local?.region)
  if (region === undefined) throw noRegion()
  const caFile = isTls(endpoint)
    ? (globals.caBundle ?? env['AWS_CA_BUNDLE'] ?? profile.setting('ca_bundle') ?? local?.caFile)
    : undefined
  return {
    endpoint,
    region: requireRegion(region),
    credentials:
      globals.signed && command.row.isUnsigned !== true
        ? credentialSource(env, globals.profile, profile, local)
        : undefined,
    ca: caFile === undefined ? undefined : await readCa(resolve(io.cwd, expand(caFile, env))),
    attemptsMax: attempts(env['AWS_MAX_ATTEMPTS'] ?? profile.setting('max_attempts')),
  }
}

const isTls = (endpoint: string): boolean => /^https:/i.test(endpoint)

const configuredEndpoint = (
  configName: string,
  profile: Profile,
  env: Io['env'],
): string | undefined => {
  const ignored =
    env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] ?? profile.setting('ignore_configured_endpoint_urls')
  if (ignored !== undefined && /^true$/i.test(ignored)) return undefined
  return (
    (env[`AWS_ENDPOINT_URL_${configName.toUpperCase()}`] ||
      env['AWS_ENDPOINT_URL'] ||
      profile.serviceSetting('endpoint_url') ||
      profile.setting('endpoint_url')) ??
    undefined
  )
}

const noEndpoint = (configName: string): CliError =>
  new CliError(
    exitCode.configuration,
    'No endpoint is configured. Start a service with "keyhold serve", or name one with ' +
      `--endpoint-url or AWS_ENDPOINT_URL_${configName.toUpperCase()}.`,
  )

const noRegion = (): CliError =>
  new CliError(
    exitCode.configuration,
    'You must specify a region. Give --region, or set AWS_REGION or the profile.',
  )

const requireRegion = (region: string): string => {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(region)) return region
  throw failure(`Provided region_name '${region}' doesn't match a supported format.`)
}

const readCa = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw failure(
      `Could not find a suitable TLS CA certificate bundle, invalid path: ${path}`,
      error,
    )
  }
}

const attempts = (value: string | undefined): number => {
  const count = Number(value ?? defaultAttemptsMax)
  return Number.isInteger(count) && count >= 1 ? count : defaultAttemptsMax
}
