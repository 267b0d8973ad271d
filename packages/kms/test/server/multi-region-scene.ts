import { after } from 'node:test'
import { arnOf, createKey, type KeyMetadata, succeeded } from './expect.ts'
import { type Answer, region, startTestService, type TestService } from './harness.ts'

/** Regions other than that of the tests' calls. */
export const there = 'us-east-1'
export const further = 'ap-south-1'
export const at = (where: string) => ({ region: where })

/** The MultiRegionConfiguration of a key of this type: which Regions have it, the primary apart. */
export const configuration = (
  KeyId: string,
  type: string,
  primary: string,
  replicas: readonly string[],
): object => {
  const named = (Region: string) => ({ Arn: arnOf(`key/${KeyId}`, Region), Region })
  return {
    MultiRegionKeyType: type,
    PrimaryKey: named(primary),
    ReplicaKeys: replicas.map(named),
  }
}

export const notPrimary = (KeyId: string, where: string): string =>
  `${arnOf(`key/${KeyId}`, where)} is not a multi-region primary key.`

/** A service for all tests of a file, and multi-Region keys of it, or of another. */
export const openMultiRegionScene = async () => {
  const service = await startTestService()
  after(() => service[Symbol.asyncDispose]())
  const { call } = service

  const described = async (KeyId: string, where = region, by = service): Promise<KeyMetadata> =>
    succeeded(await by.call('DescribeKey', { KeyId }, at(where)))['KeyMetadata'] as KeyMetadata

  const newPrimary = (input: object = {}, by: TestService = service): Promise<KeyMetadata> =>
    createKey(by, { MultiRegion: true, ...input })

  const replicate = async (
    KeyId: string,
    ReplicaRegion = there,
    more: object = {},
    by: TestService = service,
  ): Promise<Answer> => succeeded(await by.call('ReplicateKey', { KeyId, ReplicaRegion, ...more }))

  /** A key of `region` and a replica of it in each of the others. */
  const newKeyIn = async (
    replicas: readonly string[] = [there],
    input: object = {},
    by: TestService = service,
  ): Promise<KeyMetadata> => {
    const key = await newPrimary(input, by)
    for (const replica of replicas) await replicate(key.KeyId, replica, {}, by)
    return key
  }

  return { service, call, described, newPrimary, replicate, newKeyIn }
}
