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
import { openRawKeys } from './raw-keys.ts'
import type { Service, Services } from './service.ts'
import type { CachingRule } from './settings.ts'
import type { KeyGroup, KeyUse, KmsGroup } from './wrapping-keys.ts'

/** The materials manager of a run over its keys; without a cache unless there are rules for one. */
export const openManager = async (
  use: KeyUse,
  groups: readonly KeyGroup[],
  services: Services,
  caching: CachingRule | undefined,
  io: Io,
): Promise<MaterialsManager> => {
  const keyrings: Keyring[] = []
  for (const group of groups)
    keyrings.push(
      group.kind === 'kms'
        ? await openKmsKeys(use, group, await services.at(group.profile, group.region))
        : await openRawKeys(group, io),
    )
  const [generator, ...children] = keyrings
  if (generator === undefined) throw new TypeError('there is at least one keyring')
  const keyring = children.length === 0 ? generator : multiKeyring({ generator, children })
  return caching === undefined ? defaultManager(keyring) : cachingManager({ ...caching, keyring })
}

const openKmsKeys = async (use: KeyUse, group: KmsGroup, service: Service): Promise<Keyring> => {
  const clientFor = (region: string | undefined) => service.clientFor(region)
  if (group.discovery !== undefined) {
    const filter = group.discovery === 'any' ? {} : { filter: group.discovery }
    return kmsDiscoveryKeyring({ clientFor, ...filter })
  }
  if (use === 'wrap') {
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
