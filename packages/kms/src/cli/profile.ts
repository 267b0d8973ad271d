import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CliError, exitCode, type Io } from './io.ts'
import { expand } from './paramfile.ts'

/** What the configuration files say for one profile. */
export type Profile = {
  /** `default`, unless the command line or the environment names another. */
  readonly name: string
  /** A setting of the profile, by its name in the file. */
  setting(name: string): string | undefined
  /** A setting of the profile's `services` section for the service that is called. */
  serviceSetting(name: string): string | undefined
  /** The sections of the profile in the order in which they are asked for credentials. */
  readonly sections: readonly ProfileSection[]
}

export type ProfileSection = {
  /** The file's name in the words of AWS's command line. */
  readonly source: 'shared-credentials-file' | 'config-file'
  readonly settings: Readonly<Record<string, string | undefined>>
}

export const configPaths = (env: Io['env']): { config: string; credentials: string } => {
  const folder = join(env['HOME'] ?? homedir(), '.aws')
  const named = (name: string, file: string): string => {
    const path = env[name]
    return path === undefined || path === '' ? join(folder, file) : expand(path, env)
  }
  return {
    config: named('AWS_CONFIG_FILE', 'config'),
    credentials: named('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
  }
}

/**
 * Reads the profile that `--profile`, AWS_PROFILE or AWS_DEFAULT_PROFILE names. A name that was
 * given and is in no file is refused. Where there is no file, nothing is loaded to read it.
 */
export const loadProfile = async (
  given: string | undefined,
  env: Io['env'],
  configName: string,
): Promise<Profile> => {
  const wanted = given ?? env['AWS_PROFILE'] ?? env['AWS_DEFAULT_PROFILE']
  const name = wanted ?? 'default'
  const paths = configPaths(env)
  if (!existsSync(paths.config) && !existsSync(paths.credentials)) {
    if (wanted !== undefined) throw noSuchProfile(wanted)
    return { name, setting: () => undefined, serviceSetting: () => undefined, sections: [] }
  }
  const { loadSharedConfigFiles } = await import('@smithy/shared-ini-file-loader')
  const files = await loadSharedConfigFiles({
    filepath: paths.credentials,
    configFilepath: paths.config,
  })
  const config = files.configFile[name]
  const credentials = files.credentialsFile[name]
  if (wanted !== undefined && config === undefined && credentials === undefined) {
    throw noSuchProfile(wanted)
  }
  const services = config?.['services']
  const section = services === undefined ? undefined : files.configFile[`services.${services}`]
  return {
    name,
    setting: (key) => config?.[key] ?? credentials?.[key],
    // The reader joins the name of a service and those of its settings with a dot.
    serviceSetting: (key) => section?.[`${configName}.${key}`],
    sections: [
      { source: 'shared-credentials-file', settings: credentials ?? {} },
      { source: 'config-file', settings: config ?? {} },
    ],
  }
}

const noSuchProfile = (name: string): CliError =>
  new CliError(exitCode.failure, `The config profile (${name}) could not be found`)
