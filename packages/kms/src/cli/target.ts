import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
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
import { loadProfile, type Profile } from './profile.ts'

/** How a command prints and reads: known before anything is called. */
export type Preferences = {
  readonly output: OutputFormat
  readonly binaryFormat: BinaryFormat
}

/** Where a command calls, and as whom. */
export type Target = {
  readonly endpoint: string
  readonly region: string
  readonly credentials: () => Promise<Credentials>
  readonly ca: string | undefined
  readonly attemptsMax: number
}

export const readPreferences = (
  globals: Globals,
  profile: Profile,
  env: Io['env'],
): Preferences => ({
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

const choice = <T extends string>(name: string, value: string, known: readonly T[]): T => {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined) throw failure(`Unknown ${name} type: ${value}`)
  return found
}

export const openProfile = (globals: Globals, env: Io['env']): Promise<Profile> =>
  loadProfile(globals.profile, env)

/**
 * Finds the endpoint (flag, environment, profile, then the service on this machine), and the Region
 * and credentials that go with it. AWS itself is called only where it was named.
 */
export const resolveTarget = async (
  globals: Globals,
  profile: Profile,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Target> => {
  const { env } = io
  const configured = globals.endpointUrl ?? configuredEndpoint(profile, env)
  if (configured !== undefined) requireUrl(configured)
  const local = configured === undefined ? await findLocalService(env) : undefined
  const endpoint = configured ?? local?.endpoint
  if (endpoint === undefined) throw noEndpoint()
  const region =
    globals.region ??
    (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile.setting('region') || local?.region)
  if (region === undefined) throw noRegion()
  const caFile =
    globals.caBundle ?? env['AWS_CA_BUNDLE'] ?? profile.setting('ca_bundle') ?? local?.caFile
  return {
    endpoint,
    region: requireRegion(region),
    credentials: credentialSource(env, globals.profile, local),
    ca: caFile === undefined ? undefined : await readCa(resolve(io.cwd, expand(caFile, env))),
    attemptsMax: attempts(env['AWS_MAX_ATTEMPTS'] ?? profile.setting('max_attempts')),
  }
}

const configuredEndpoint = (profile: Profile, env: Io['env']): string | undefined => {
  const ignored = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] ?? ''
  if (/^true$/i.test(ignored)) return undefined
  return (
    (env['AWS_ENDPOINT_URL_KMS'] ||
      env['AWS_ENDPOINT_URL'] ||
      profile.serviceSetting('endpoint_url') ||
      profile.setting('endpoint_url')) ??
    undefined
  )
}

const noEndpoint = (): CliError =>
  new CliError(
    exitCode.configuration,
    'No endpoint is configured. Start a service with "keyhold serve", or name one with ' +
      '--endpoint-url or AWS_ENDPOINT_URL_KMS.',
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
