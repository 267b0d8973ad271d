import {
  cachingManager,
  defaultManager,
  kmsDiscoveryKeyring,
  kmsKeyring,
  kmsMultiRegionKeyring,
  type Keyring,
  type MaterialsManager,
  multiKeyring,
} from '@keyhold/envelope'
import { CliError, exitCode, type Io } from '../io.ts'
import type { FileCommand } from './flag-table.ts'
import { fileUsage } from './parse.ts'
import { openRawKeys } from './raw-keys.ts'
import type { Service, Services } from './service.ts'
import type { CachingRule } from './settings.ts'
import type { KeyGroup, KmsGroup } from './wrapping-keys.ts'

/**
 * The materials manager of a run. Without any key, writing is refused; reading asks the configured
 * service about whatever key the message names, unless that is AWS itself, where the key could be
 * any stranger's.
 */
export const openManager = async (
  command: FileCommand,
  groups: readonly KeyGroup[],
  services: Services,
  caching: CachingRule | undefined,
  io: Io,
): Promise<{ readonly manager: MaterialsManager; readonly hasNamedKeys: boolean }> => {
  const hasNamedKeys = groups.length > 0
  if (!hasNamedKeys && command === 'encrypt')
    throw fileUsage(command, 'name a key: -k alias/app, or -w key=….')
  const keyrings: Keyring[] = []
  for (const group of groups)
    keyrings.push(
      group.kind === 'kms'
        ? await openKmsKeys(command, group, await services.at(group.profile, group.region))
        : await openRawKeys(group, io),
    )
  if (!hasNamedKeys) keyrings.push(ownService(await services.at()))
  const [generator, ...children] = keyrings
  if (generator === undefined) throw new TypeError('there is at least one keyring')
  const keyring = children.length === 0 ? generator : multiKeyring({ generator, children })
  const manager =
    caching === undefined ? defaultManager(keyring) : cachingManager({ ...caching, keyring })
  return { manager, hasNamedKeys }
}

const openKmsKeys = async (
  command: FileCommand,
  group: KmsGroup,
  service: Service,
): Promise<Keyring> => {
  const clientFor = (region: string | undefined) => service.clientFor(region)
  if (group.discovery !== undefined) {
    const filter = group.discovery === 'any' ? {} : { filter: group.discovery }
    return kmsDiscoveryKeyring({ clientFor, ...filter })
  }
  if (command === 'encrypt') {
    const [generator = '', ...keys] = group.keys
    return kmsKeyring({ clientFor, generator, keys })
  }
  const arns = new Set<string>()
  for (const key of group.keys) arns.add(await keyArn(key, service))
  return kmsMultiRegionKeyring({ clientFor, keys: [...arns] })
}

/** The ARN of a key that is named by an id or an alias: what a message has to name to be read. */
const keyArn = async (key: string, service: Service): Promise<string> => {
  const region = /^arn:[^:]*:kms:([^:]*):/.exec(key)?.[1]
  if (/^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(key)) return key
  const answer = await service.clientFor(region).describeKey({ KeyId: key })
  const arn = answer.KeyMetadata?.Arn
  if (arn === undefined) throw new CliError(exitCode.service, `The service did not describe ${key}`)
  return arn
}

const ownService = (service: Service): Keyring => {
  if (/\.amazonaws\.com(?:\.cn)?(?::\d+)?\/?$/.test(service.endpoint))
    throw new CliError(
      exitCode.usage,
      'Name the key that may decrypt with -k, or accept any with -w discovery=true: at AWS, the ' +
        'key that a message names may be a stranger’s.',
    )
  return kmsDiscoveryKeyring({ clientFor: (region) => service.clientFor(region) })
}
