import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { defaultPolicy } from '../../src/core/access/key-policy.ts'
import { rootArn } from '../../src/core/keys/arn.ts'
import type { Issuer } from '../core/attestation/issuer.ts'
import {
  arnOf,
  base64,
  createKey,
  encrypt,
  type KeyMetadata,
  succeeded,
  unknownKeyId,
} from './expect.ts'
import { account, region, type TestService } from './harness.ts'
import { importInput } from './importing.ts'
import { createKeyFor, validInput } from './inputs.ts'
import { newStoreInput, testClusters } from './key-stores/inputs.ts'
import type { Known } from './random-inputs.ts'

/** Of each usage a key, of each origin, and one in two Regions. */
const kinds = {
  symmetric: {},
  multiRegion: { MultiRegion: true },
  rsa: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  rsaSigning: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  ecdsa: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  eddsa: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
  mlDsa: { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
  mac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  kem: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  pending: { Origin: 'EXTERNAL' },
}

const replicaRegions = ['us-west-2', 'ap-southeast-2']

type Keys = Readonly<Record<keyof typeof kinds | 'imported', KeyMetadata>>

const makeKeys = async (service: TestService): Promise<Keys> => {
  const made = await Promise.all(
    Object.entries(kinds).map(async ([name, input]) => [name, await createKey(service, input)]),
  )
  const imported = await createKeyFor(service, 'DeleteImportedKeyMaterial')
  const keys = { ...Object.fromEntries(made), imported } as Keys
  const input = { KeyId: keys.multiRegion.KeyId, ReplicaRegion: 'us-west-2' }
  succeeded(await service.call('ReplicateKey', input))
  return keys
}

type Store = Readonly<Record<'CustomKeyStoreId' | 'CloudHsmClusterId', string>>

/** A custom key store in whatever state, and a key in it, if it takes one. */
const makeStore = async (service: TestService): Promise<Store & { readonly keys: string[] }> => {
  const stores = async () =>
    succeeded(await service.call('DescribeCustomKeyStores', {}))['CustomKeyStores'] as Store[]
  if ((await stores()).length === 0)
    succeeded(await service.call('CreateCustomKeyStore', await newStoreInput(service)))
  const [store] = await stores()
  if (store === undefined) throw new Error('there is no store')
  const { CustomKeyStoreId } = store
  await service.call('ConnectCustomKeyStore', { CustomKeyStoreId })
  const { json } = await service.call('CreateKey', { CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' })
  const key = json['KeyMetadata'] as KeyMetadata | undefined
  return { ...store, keys: key === undefined ? [] : [key.KeyId] }
}

const makeGrants = (service: TestService, keys: readonly KeyMetadata[]) =>
  Promise.all(
    keys.map(async ({ KeyId }) => {
      const GranteePrincipal = rootArn({ region, account })
      const input = { KeyId, GranteePrincipal, Operations: ['DescribeKey', 'RetireGrant'] }
      return succeeded(await service.call('CreateGrant', input)) as Readonly<
        Record<'GrantId' | 'GrantToken', string>
      >
    }),
  )

/** What random calls can be about. */
export type RandomWorld = {
  /** Values of members that mean something. */
  readonly known: Known
  /** Inputs that succeed as long as nothing else happens. */
  readonly inputs: ReadonlyMap<OperationName, object>
}

export const makeWorld = async (service: TestService, issuer: Issuer): Promise<RandomWorld> => {
  const keys = await makeKeys(service)
  const known = await knownOf(service, keys, issuer)
  const inputs = new Map<OperationName, object>()
  for (const [name, row] of Object.entries(operations) as [OperationName, Operation][]) {
    const key = keys[kindsByName[name] ?? kindsByUsage[row.usage ?? 'ENCRYPT_DECRYPT']]
    inputs.set(name, await validInput(service, name, key))
  }
  // The others have made stores, on tokens that it would have named.
  inputs.set('CreateCustomKeyStore', await newStoreInput(service))
  return { known, inputs }
}

/** Lets all keys and stores go, so that nothing but a leak stays of them. */
export const endWorld = async ({ call }: TestService): Promise<void> => {
  for (const there of [region, ...replicaRegions]) {
    const where = { region: there }
    const { Keys } = succeeded(await call('ListKeys', { Limit: 1000 }, where))
    for (const { KeyId } of Keys as readonly KeyMetadata[])
      await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, where)
  }
  const { CustomKeyStores } = succeeded(await call('DescribeCustomKeyStores', {}))
  for (const { CustomKeyStoreId } of CustomKeyStores as readonly Store[]) {
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId })
    await call('DeleteCustomKeyStore', { CustomKeyStoreId })
  }
}

const kindsByUsage = {
  ENCRYPT_DECRYPT: 'symmetric',
  SIGN_VERIFY: 'ecdsa',
  GENERATE_VERIFY_MAC: 'mac',
  KEY_AGREEMENT: 'agreement',
  ENCAPSULATE_DECAPSULATE: 'kem',
} as const
const kindsByName: { readonly [N in OperationName]?: keyof Keys } = {
  DeleteImportedKeyMaterial: 'imported',
  GetParametersForImport: 'imported',
  ImportKeyMaterial: 'imported',
  GetPublicKey: 'ecdsa',
  ReplicateKey: 'multiRegion',
  UpdatePrimaryRegion: 'multiRegion',
}

const knownOf = async (service: TestService, keys: Keys, issuer: Issuer): Promise<Known> => {
  const { symmetric, rsa, mac, ecdsa, kem, agreement, imported, pending } = keys
  const store = await makeStore(service)
  const ids = Object.values(keys).flatMap(({ KeyId, Arn }) => [KeyId, Arn])
  const alias = `alias/of-${symmetric.KeyId}`
  await service.call('CreateAlias', { AliasName: alias, TargetKeyId: symmetric.KeyId })
  const identifiers = fc.constantFrom(
    ...ids,
    ...store.keys,
    alias,
    arnOf(alias),
    'alias/none',
    unknownKeyId,
    'x',
  )
  const grants = await makeGrants(service, [symmetric, ecdsa, mac])
  const wrapped = await importInput(service, pending, Buffer.alloc(32, 1))
  const verified = await validInput(service, 'Verify', ecdsa)
  const { Mac } = await validInput(service, 'VerifyMac', mac)
  const decapsulated = await validInput(service, 'Decapsulate', kem)
  const { PublicKey } = await validInput(service, 'DeriveSharedSecret', agreement)
  const blobs = [
    await encrypt(service, { KeyId: symmetric.KeyId }),
    await encrypt(service, { KeyId: imported.KeyId }),
    await encrypt(service, { KeyId: rsa.KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
  ]
  const token = testClusters.get(store.CloudHsmClusterId)
  const listed = succeeded(await service.call('ListKeys', { Limit: 1 }))
  const root = rootArn({ region, account })
  const messages = [1, 32, 48, 64, 4096].map((length) => base64(randomBytes(length)))
  return {
    KeyId: identifiers,
    TargetKeyId: identifiers,
    SourceKeyId: identifiers,
    DestinationKeyId: identifiers,
    AliasName: fc.constantFrom(alias, 'alias/b', 'alias/c', 'alias/aws/x', 'b'),
    CiphertextBlob: fc.constantFrom(...blobs, 'AA=='),
    EncryptionAlgorithm: fc.constantFrom('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_256'),
    SigningAlgorithm: fc.constantFrom('ECDSA_SHA_256', 'ED25519_SHA_512', 'ML_DSA_SHAKE_256'),
    MacAlgorithm: fc.constantFrom('HMAC_SHA_256'),
    Message: fc.constantFrom(verified['Message'], ...messages),
    Signature: fc.constantFrom(verified['Signature'], 'AA=='),
    Mac: fc.constantFrom(Mac, 'AA=='),
    SharedSecretCiphertextBlob: fc.constantFrom(decapsulated['SharedSecretCiphertextBlob'], 'AA=='),
    PublicKey: fc.constantFrom(PublicKey, 'AA=='),
    ImportToken: fc.constantFrom(wrapped['ImportToken'], 'AA=='),
    EncryptedKeyMaterial: fc.constantFrom(wrapped['EncryptedKeyMaterial'], 'AA=='),
    KeyMaterialId: fc.constantFrom(
      imported['CurrentKeyMaterialId'],
      symmetric['CurrentKeyMaterialId'],
    ),
    ValidTo: fc.constantFrom(Math.floor(service.clock.nowMs() / 1000) + 86_400, 1),
    WrappingKeySpec: fc.constantFrom('RSA_2048', 'RSA_2048', 'RSA_3072'),
    KeySpec: fc.constantFrom(
      'SYMMETRIC_DEFAULT',
      'AES_256',
      'ECC_NIST_P384',
      'HMAC_512',
      'ML_KEM_768',
    ),
    KeyPairSpec: fc.constantFrom('ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_KEM_512'),
    AttestationDocument: fc.constantFrom(
      base64(issuer.document({ timestamp: service.clock.nowMs() })),
      'AA==',
    ),
    PolicyName: fc.constantFrom('default', 'other'),
    Policy: fc.constantFrom(defaultPolicy({ region, account }), '{}'),
    GrantId: fc.constantFrom(...grants.map(({ GrantId }) => GrantId), 'a'.repeat(64)),
    GrantToken: fc.constantFrom(...grants.map(({ GrantToken }) => GrantToken), 'token'),
    GranteePrincipal: fc.constantFrom(root, 'arn:aws:iam::111122223333:user/nobody'),
    RetiringPrincipal: fc.constantFrom(root, 'root'),
    ReplicaRegion: fc.constantFrom(...replicaRegions, region, 'mars-north-1'),
    PrimaryRegion: fc.constantFrom('us-west-2', region, 'eu-west-1'),
    CustomKeyStoreId: fc.constantFrom(store.CustomKeyStoreId, 'cks-0123456789abcdef0'),
    CloudHsmClusterId: fc.constantFrom(store.CloudHsmClusterId, 'cluster-zzzzzzzzzzz'),
    TrustAnchorCertificate: fc.constantFrom(token?.trustAnchor),
    KeyStorePassword: fc.constantFrom(token?.password, 'wrong-password'),
    Marker: fc.constantFrom(listed['NextMarker'], 'x'),
  }
}
