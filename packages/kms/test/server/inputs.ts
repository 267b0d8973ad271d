import { generateKeyPairSync } from 'node:crypto'
import type { KeyUsageRule, Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { awsRegions, partitionOf } from '../../src/core/regions.ts'
import { createKey, encrypt, type KeyMetadata, succeeded, succeededEmpty } from './expect.ts'
import { account, region, type TestService } from './harness.ts'
import { importInput, importMaterial } from './importing.ts'
import { connectedStore, disconnectedStore, newStoreInput } from './key-stores/inputs.ts'

let aliasCount = 0

/** Of each usage, a key that is made fast. */
const keysByUsage: Readonly<Record<KeyUsageRule, object>> = {
  ENCRYPT_DECRYPT: {},
  SIGN_VERIFY: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  GENERATE_VERIFY_MAC: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  KEY_AGREEMENT: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  ENCAPSULATE_DECAPSULATE: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
}

/** Operations that work with some keys only, which their usage does not tell. */
const external = { Origin: 'EXTERNAL' }
const multiRegion = { MultiRegion: true }
const keysByName: { readonly [N in OperationName]?: object } = {
  GetParametersForImport: external,
  ImportKeyMaterial: external,
  DeleteImportedKeyMaterial: external,
  GetPublicKey: keysByUsage.SIGN_VERIFY,
  ReplicateKey: multiRegion,
  UpdatePrimaryRegion: multiRegion,
}

const kindFor = (name: OperationName): object => {
  const { usage = 'ENCRYPT_DECRYPT' }: Operation = operations[name]
  return keysByName[name] ?? keysByUsage[usage]
}

/**
 * Makes a key that an operation works with: `validInput` takes no other. `more` is what CreateKey is
 * given beside its kind; material from elsewhere is imported at once.
 */
export const createKeyFor = (
  service: TestService,
  name: OperationName,
  more: object = {},
): Promise<KeyMetadata> => createKeyOf(service, { ...kindFor(name), ...more })

const createKeyOf = async (service: TestService, kind: object): Promise<KeyMetadata> => {
  const key = await createKey(service, kind)
  if (key['Origin'] !== 'EXTERNAL') return key
  succeeded(await importMaterial(service, key, importedMaterials.get(key['KeySpec'])!()))
  return { ...key, KeyState: 'Enabled' }
}

/** What is imported into keys that need it. */
const importedMaterial = Buffer.alloc(32, 7)
const importedMaterials: ReadonlyMap<unknown, () => Uint8Array> = new Map([
  ['SYMMETRIC_DEFAULT', () => importedMaterial],
  ['HMAC_256', () => importedMaterial],
  ['ECC_NIST_P256', () => newKeyPair().privateKey.export({ format: 'der', type: 'pkcs8' })],
])

const sharedKeys = new WeakMap<TestService, Map<unknown, Promise<KeyMetadata>>>()

/** A key that the operation works with, the same one for as many operations as can be. */
export const sharedKeyFor = (service: TestService, name: OperationName): Promise<KeyMetadata> => {
  const kind = kindFor(name)
  const keys = sharedKeys.get(service) ?? new Map<unknown, Promise<KeyMetadata>>()
  sharedKeys.set(service, keys)
  const key = keys.get(kind) ?? createKeyOf(service, kind)
  keys.set(kind, key)
  return key
}

/**
 * An input that succeeds on the key, if it is enabled, of the Region of the harness. Makes what the
 * operation needs beside the key: a ciphertext, an alias.
 */
export const validInput = async (
  service: TestService,
  name: OperationName,
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
    case 'ReplicateKey':
      return { ...named, ReplicaRegion: await regionWithout(service, KeyId) }
    case 'UpdatePrimaryRegion':
      return { ...named, PrimaryRegion: await regionWithReplica(service, KeyId) }
    case 'Encrypt':
      return { ...named, Plaintext: 'AA==' }
    case 'Decrypt':
      return { CiphertextBlob: await encrypt(service, named) }
    case 'ReEncrypt':
      return { CiphertextBlob: await encrypt(service, named), DestinationKeyId: KeyId }
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
      return { ...named, KeySpec: 'AES_256' }
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      return { ...named, KeyPairSpec: 'ECC_NIST_P256' }
    case 'GenerateMac':
      return { ...named, Message: 'AA==', MacAlgorithm: 'HMAC_SHA_256' }
    case 'VerifyMac': {
      const message = { ...named, Message: 'AA==', MacAlgorithm: 'HMAC_SHA_256' }
      return { ...message, Mac: succeeded(await service.call('GenerateMac', message))['Mac'] }
    }
    case 'DeriveSharedSecret':
      return { ...named, KeyAgreementAlgorithm: 'ECDH', PublicKey: newPublicKey() }
    case 'Encapsulate':
      return { ...named, EncapsulationAlgorithm: 'ML_KEM' }
    case 'Decapsulate': {
      const input = { ...named, EncapsulationAlgorithm: 'ML_KEM' }
      const { SharedSecretCiphertextBlob } = succeeded(await service.call('Encapsulate', input))
      return { ...input, SharedSecretCiphertextBlob }
    }
    case 'Sign':
      return { ...named, ...signing }
    case 'Verify':
      return { ...named, ...signing, Signature: await newSignature(service, KeyId) }
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
    case 'CreateCustomKeyStore':
      return newStoreInput(service)
    case 'DescribeCustomKeyStores':
      return {}
    case 'ConnectCustomKeyStore':
    case 'UpdateCustomKeyStore':
    case 'DeleteCustomKeyStore':
      return { CustomKeyStoreId: await disconnectedStore(service) }
    case 'DisconnectCustomKeyStore':
      return { CustomKeyStoreId: await connectedStore(service) }
    case 'GetParametersForImport':
      return { ...named, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
    case 'ImportKeyMaterial':
      return importInput(service, { KeyId }, importedMaterial)
    case 'PutKeyPolicy':
      return { ...named, Policy: await policyOf(service, KeyId) }
    default:
      return named
  }
}

/** A public key to agree with, as base64. */
const newPublicKey = (): string =>
  newKeyPair().publicKey.export({ format: 'der', type: 'spki' }).toString('base64')

const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const signing = { Message: 'AA==', SigningAlgorithm: 'ECDSA_SHA_256' }

const newSignature = async (service: TestService, KeyId: string): Promise<unknown> =>
  succeeded(await service.call('Sign', { KeyId, ...signing }))['Signature']

type Regions = {
  readonly PrimaryKey: { readonly Region: string }
  readonly ReplicaKeys: readonly { readonly Region: string }[]
}

const regionsOf = async (service: TestService, KeyId: string): Promise<Partial<Regions>> => {
  const { KeyMetadata } = succeeded(await service.call('DescribeKey', { KeyId }))
  const found = (KeyMetadata as KeyMetadata)['MultiRegionConfiguration'] as Regions | undefined
  return found ?? {}
}

/** A Region that a multi-Region key has no replica in; any, of a key of one Region. */
const regionWithout = async (service: TestService, KeyId: string): Promise<string | undefined> => {
  const { PrimaryKey, ReplicaKeys = [] } = await regionsOf(service, KeyId)
  const taken = [PrimaryKey, ...ReplicaKeys].map((each) => each?.Region)
  return awsRegions.find((each) => partitionOf(each) === 'aws' && !taken.includes(each))
}

/** A Region with a replica of a key, whose primary is in that of the harness then. */
const regionWithReplica = async (service: TestService, KeyId: string): Promise<unknown> => {
  const { PrimaryKey, ReplicaKeys = [] } = await regionsOf(service, KeyId)
  if (PrimaryKey !== undefined && PrimaryKey.Region !== region) {
    const input = { KeyId, PrimaryRegion: region }
    succeeded(await service.call('UpdatePrimaryRegion', input, { region: PrimaryKey.Region }))
  }
  const known = ReplicaKeys.find((each) => each.Region !== region)?.Region
  if (known !== undefined) return known
  const input = { KeyId, ReplicaRegion: 'us-west-2' }
  succeeded(await service.call('ReplicateKey', input))
  return input.ReplicaRegion
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
