import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isJsonObject } from '../client/json.ts'
import type { Credentials } from '../client/credentials.ts'
import { failure, type Io } from './io.ts'

/** How to reach the service that was started on this machine. */
export type LocalService = {
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  readonly caFile: string | undefined
}

/** The data directory of the local service: KEYHOLD_DATA_DIR, or `~/.keyhold`. */
export const dataDirectory = (env: Io['env']): string => {
  const given = env['KEYHOLD_DATA_DIR']
  return given === undefined || given === '' ? join(env['HOME'] ?? homedir(), '.keyhold') : given
}

/** `undefined`: no service has been started here. Throws for a file that it cannot understand. */
export const findLocalService = async (env: Io['env']): Promise<LocalService | undefined> => {
  const path = join(dataDirectory(env), 'client', 'config.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && isAbsence(error.code)) return undefined
    throw failure(`Cannot read ${path}: it belongs to the user who runs the service`, error)
  }
  const config = parseConfig(text)
  if (config === undefined) throw failure(`${path} is not a client configuration`)
  return config
}

const isAbsence = (code: unknown): boolean => code === 'ENOENT' || code === 'ENOTDIR'

const parseConfig = (text: string): LocalService | undefined => {
  try {
    const json: unknown = JSON.parse(text)
    if (!isJsonObject(json)) return undefined
    const { endpoint, region, accessKeyId, secretAccessKey, caFile } = json
    if (typeof endpoint !== 'string' || typeof region !== 'string') return undefined
    if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
    return {
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      caFile: typeof caFile === 'string' ? caFile : undefined,
    }
  } catch {
    return undefined
  }
}
