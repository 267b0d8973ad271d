import { type SettingName, settings } from './table.ts'

/** The settings that each command of the service knows. */
export const commandSettings = {
  serve: Object.keys(settings) as SettingName[],
  init: ['dataDir', 'sealKeyFile', 'account'],
  env: ['dataDir'],
} as const satisfies { readonly [command: string]: readonly SettingName[] }

/** The forms in which `keyhold env` prints. */
export const envFormats = ['sh', 'json', 'powershell'] as const
