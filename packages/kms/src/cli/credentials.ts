import type { Credentials } from '../client/credentials.ts'
import { CliError, exitCode, failure, type Io } from './io.ts'
import type { LocalService } from './local-service.ts'
import { configPaths } from './profile.ts'

/**
 * Where the credentials come from, in this order: the environment, unless `--profile` was given;
 * the local service's own, when it is what is called and no profile was named; AWS's provider
 * chain, which is loaded only then. The function throws when it finds none.
 */
export const credentialSource = (
  env: Io['env'],
  profile: string | undefined,
  local: LocalService | undefined,
): (() => Promise<Credentials>) => {
  const fromEnvironment = profile === undefined ? environmentCredentials(env) : undefined
  const named = profile ?? env['AWS_PROFILE'] ?? env['AWS_DEFAULT_PROFILE']
  const ready = fromEnvironment ?? (named === undefined ? local?.credentials : undefined)
  if (ready !== undefined) return () => Promise.resolve(ready)
  return () => chainCredentials(env, named)
}

const environmentCredentials = (env: Io['env']): Credentials | undefined => {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  if (!accessKeyId || !secretAccessKey) return undefined
  const sessionToken = env['AWS_SESSION_TOKEN'] ?? env['AWS_SECURITY_TOKEN']
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

const chainCredentials = async (
  env: Io['env'],
  profile: string | undefined,
): Promise<Credentials> => {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  const paths = configPaths(env)
  try {
    const found = await defaultProvider({
      filepath: paths.credentials,
      configFilepath: paths.config,
      ...(profile === undefined ? {} : { profile }),
      // The metadata service of a cloud machine is on the same wire; who is not on one waits this.
      timeout: 1000,
      maxRetries: 0,
    })()
    const { accessKeyId, secretAccessKey, sessionToken } = found
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  } catch (error) {
    throw chainFailure(error, profile)
  }
}

const chainFailure = (error: unknown, profile: string | undefined): CliError => {
  const text = error instanceof Error ? error.message : String(error)
  if (profile === undefined && /could not load credentials/i.test(text)) {
    return new CliError(
      exitCode.configuration,
      'Unable to locate credentials. "keyhold env" prints those of a local service; else set ' +
        'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile.',
      { cause: error },
    )
  }
  return failure(`Unable to load credentials: ${text}`, error)
}
