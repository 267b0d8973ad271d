import type { Credentials } from '../client/credentials.ts'
import { CliError, exitCode, failure, type Io } from './io.ts'
import type { LocalService } from './local-service.ts'
import { configPaths, type Profile } from './profile.ts'

/**
 * Where the credentials come from, in this order: the environment, unless `--profile` was given;
 * the local service's own, when it is what is called and no profile was named; the profile's keys;
 * AWS's provider chain, which is loaded only where one of its other sources is configured. The
 * function throws when it finds none, or half of a pair.
 */
export const credentialSource = (
  env: Io['env'],
  given: string | undefined,
  profile: Profile,
  local: LocalService | undefined,
): (() => Promise<Credentials>) => {
  const named = given ?? env['AWS_PROFILE'] ?? env['AWS_DEFAULT_PROFILE']
  let found: (() => Promise<Credentials>) | undefined
  return async () => {
    found ??= await findSource()
    return found()
  }

  async function findSource(): Promise<() => Promise<Credentials>> {
    const ready =
      (given === undefined ? environmentCredentials(env) : undefined) ??
      (named === undefined ? local?.credentials : undefined) ??
      profileCredentials(profile)
    if (ready !== undefined) return () => Promise.resolve(ready)
    if (!hasChainSource(env, profile)) throw noCredentials()
    return loadChain(env, named)
  }
}

const environmentCredentials = (env: Io['env']): Credentials | undefined =>
  pairOf(env, environmentNames, 'env', env['AWS_SESSION_TOKEN'] ?? env['AWS_SECURITY_TOKEN'])

const environmentNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
const profileNames = ['aws_access_key_id', 'aws_secret_access_key'] as const

/** The keys that stand in a profile's file, unless the profile is a role or a sign-on. */
const profileCredentials = (profile: Profile): Credentials | undefined => {
  if (profile.setting('role_arn') !== undefined || isSignOn(profile)) return undefined
  for (const { source, settings } of profile.sections) {
    const token = settings['aws_session_token'] ?? settings['aws_security_token']
    const pair = pairOf(settings, profileNames, source, token)
    if (pair !== undefined) return pair
  }
  return undefined
}

const pairOf = (
  values: Readonly<Record<string, string | undefined>>,
  [idName, secretName]: readonly [string, string],
  source: string,
  sessionToken: string | undefined,
): Credentials | undefined => {
  const accessKeyId = values[idName]
  const secretAccessKey = values[secretName]
  if (!accessKeyId) return undefined
  if (!secretAccessKey) {
    throw failure(`Partial credentials found in ${source}, missing: ${secretName}`)
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

const isSignOn = (profile: Profile): boolean =>
  ['sso_session', 'sso_start_url', 'login_session'].some((name) => isSet(profile.setting(name)))

/**
 * Whether the chain has anything to ask. Its last resort, the metadata service of a cloud machine,
 * is asked only where it was named: it knows no credentials of this service, and who is not on such
 * a machine would wait for it.
 */
const hasChainSource = (env: Io['env'], profile: Profile): boolean =>
  isSignOn(profile) ||
  chainSettings.some((name) => isSet(profile.setting(name))) ||
  chainVariables.some((name) => isSet(env[name]))

const chainSettings = ['role_arn', 'web_identity_token_file', 'credential_process']
const chainVariables = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
]

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ''

const loadChain = async (
  env: Io['env'],
  profile: string | undefined,
): Promise<() => Promise<Credentials>> => {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  const paths = configPaths(env)
  const provider = defaultProvider({
    filepath: paths.credentials,
    configFilepath: paths.config,
    ...(profile === undefined ? {} : { profile }),
    // The metadata service of a cloud machine is on the same wire; who is not on one waits this.
    timeout: 1000,
    maxRetries: 0,
    // Which source is taken is no news here, for the order is AWS's command line's own.
    logger: silentLogger,
  })
  return async () => {
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await provider()
      return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      throw failure(`Unable to load credentials: ${text}`, error)
    }
  }
}

const silent = (): void => {}
const silentLogger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent }

const noCredentials = (): CliError =>
  new CliError(
    exitCode.configuration,
    'Unable to locate credentials. "keyhold env" prints those of a local service; else set ' +
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile.',
  )
