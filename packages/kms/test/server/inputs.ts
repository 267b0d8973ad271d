import type { BuiltName } from '../../src/api/operations.ts'
import { encrypt, type KeyMetadata, succeeded, succeededEmpty } from './expect.ts'
import { account, type TestService } from './harness.ts'

let aliasCount = 0

/**
 * An input that succeeds on the key, if it is enabled, of the Region of the harness. Makes what the
 * operation needs beside the key: a ciphertext, an alias.
 */
export const validInput = async (
  service: TestService,
  name: BuiltName,
  { KeyId }: Pick<KeyMetadata, 'KeyId'>,
): Promise<Record<string, unknown>> => {
  const named = { KeyId }
  switch (name as string) {
    case 'CreateKey':
    case 'ListKeys':
    case 'ListAliases':
      return {}
    case 'GenerateRandom':
      return { NumberOfBytes: 1 }
    case 'CreateAlias':
      return { AliasName: newAliasName(), TargetKeyId: KeyId }
    case 'UpdateAlias':
      return { AliasName: await newAlias(service, KeyId), TargetKeyId: KeyId }
    case 'DeleteAlias':
      return { AliasName: await newAlias(service, KeyId) }
    case 'Encrypt':
      return { ...named, Plaintext: 'AA==' }
    case 'Decrypt':
      return { CiphertextBlob: await encrypt(service, named) }
    case 'ReEncrypt':
      return { CiphertextBlob: await encrypt(service, named), DestinationKeyId: KeyId }
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
      return { ...named, KeySpec: 'AES_256' }
    case 'UpdateKeyDescription':
      return { ...named, Description: 'changed' }
    case 'TagResource':
      return { ...named, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    case 'UntagResource':
      return { ...named, TagKeys: ['a'] }
    case 'CreateGrant':
      return { ...named, GranteePrincipal: rootArn, Operations: ['DescribeKey'] }
    case 'ListRetirableGrants':
      return { RetiringPrincipal: rootArn }
    case 'RetireGrant':
    case 'RevokeGrant':
      return { ...named, GrantId: await newGrant(service, KeyId) }
    case 'PutKeyPolicy':
      return { ...named, Policy: await policyOf(service, KeyId) }
    default:
      return named
  }
}

const rootArn = `arn:aws:iam::${account}:root`

const newGrant = async (service: TestService, KeyId: string): Promise<unknown> => {
  const input = { KeyId, GranteePrincipal: rootArn, Operations: ['DescribeKey'] }
  return succeeded(await service.call('CreateGrant', input))['GrantId']
}

const policyOf = async (service: TestService, KeyId: string): Promise<unknown> =>
  (await service.call('GetKeyPolicy', { KeyId })).json['Policy']

const newAliasName = (): string => `alias/made-${(aliasCount += 1)}`

/** An alias of the key; of any key, while this one takes none. */
const newAlias = async (service: TestService, TargetKeyId: string): Promise<string> => {
  const AliasName = newAliasName()
  succeededEmpty(await service.call('CreateAlias', { AliasName, TargetKeyId }))
  return AliasName
}
