import { resolve } from 'node:path'
import { prepareDataDirectory } from '../server/data-directory.ts'
import { initialiseDirectory } from '../server/initialise.ts'
import { openSealing } from '../server/sealing.ts'
import { systemClock, systemRandom } from '../server/system.ts'
import { exitCode, type Io } from './io.ts'
import { credentialText } from './serve-text.ts'
import { commandSettings } from './settings/commands.ts'
import { dataDirectoryOf } from './settings/directory.ts'
import { loadSettings, settingsHelp, UsageError } from './settings/load.ts'
import { tellFailure } from './tell-failure.ts'
import { writeFully } from './write-fully.ts'

const help = `usage: keyhold init --seal-key-file FILE [options]

Makes a data directory for production, and prints its root credential, once. A key
file that does not exist is made. Then start it with keyhold serve.

${settingsHelp(commandSettings.init)}
`

/** `keyhold init`: a first start without serving, for machines whose output is a log. */
export const run = async (args: readonly string[], io: Io): Promise<number> => {
  if (args.includes('--help') || args[0] === 'help') {
    io.stdout.write(help)
    return exitCode.done
  }
  try {
    const settings = await loadSettings(args, io.env, commandSettings.init)
    if (settings.sealKeyFile === undefined)
      throw new UsageError('name a --seal-key-file outside the data directory')
    process.umask(0o077)
    const random = systemRandom()
    const directory = await prepareDataDirectory(dataDirectoryOf(settings, io))
    const sealKeyFile = resolve(io.cwd, settings.sealKeyFile)
    const { seal } = await openSealing(directory, sealKeyFile, random)
    const { account, isNew } = await initialiseDirectory({
      directory,
      seal,
      random,
      account: settings.account,
      clock: systemClock,
      keepCredential: (credential) => writeFully(io.stdout, credentialText(credential)),
    })
    if (!isNew) throw new UsageError(`${directory.path} is initialised already`)
    io.stdout.write(`Account ${account} is ready in ${directory.path}.\n`)
    return exitCode.done
  } catch (error) {
    return tellFailure(error, io)
  }
}
