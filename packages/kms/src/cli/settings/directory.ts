import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Io } from '../io.ts'
import type { Settings } from './table.ts'

/** The data directory that a command means: the setting, else `.keyhold` in the user's home. */
export const dataDirectoryOf = (settings: Settings, io: Pick<Io, 'env' | 'cwd'>): string =>
  settings.dataDir === undefined
    ? join(io.env['HOME'] ?? homedir(), '.keyhold')
    : resolve(io.cwd, settings.dataDir)
