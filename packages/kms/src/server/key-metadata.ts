import type { Output } from '../api/operations.ts'
import { keyArn } from '../core/keys/arn.ts'
import { type Key, multiRegionKeyType } from '../core/keys/key.ts'
import { keySpecRow, legacyKeySpec } from '../core/keys/key-spec.ts'
import type { Call } from './call.ts'

export type KeyMetadata = Output<'DescribeKey'>['KeyMetadata']

/** What CreateKey, DescribeKey and ReplicateKey tell of a key; which members appear is AWS's choice. */
export const keyMetadata = ({ keyStores }: Pick<Call, 'keyStores'>, key: Key): KeyMetadata => {
  const { record } = key
  const state = keyStores.keyState(key)
  return {
    AWSAccountId: record.account,
    KeyId: record.keyId,
    Arn: key.arn,
    CreationDate: record.createdAtMs,
    Enabled: state === 'Enabled',
    Description: record.description,
    KeyUsage: record.usage,
    KeyState: state,
    DeletionDate: record.deletionAtMs,
    ValidTo: record.expiration?.validToMs,
    Origin: record.origin,
    CustomKeyStoreId: record.customKeyStoreId,
    CloudHsmClusterId: clusterIdOf(keyStores, key),
    ExpirationModel: expirationModel(key),
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: legacyKeySpec(record.spec),
    KeySpec: record.spec,
    MultiRegion: record.multiRegion,
    MultiRegionConfiguration: multiRegionConfiguration(key),
    PendingDeletionWindowInDays: record.pendingDays,
    XksKeyConfiguration: record.xksKeyId === undefined ? undefined : { Id: record.xksKeyId },
    CurrentKeyMaterialId: shownMaterialId(key),
    ...algorithmMembers(key),
  }
}

/** The token behind a key: one that its store was moved to counts from then on. */
const clusterIdOf = (keyStores: Call['keyStores'], { record }: Key): string | undefined => {
  if (record.customKeyStoreId === undefined) return undefined
  const store = keyStores.find(record, record.customKeyStoreId)?.record
  return store?.type === 'AWS_CLOUDHSM' ? store.token.clusterId : undefined
}

/** The algorithms of a key, in the one member that its usage calls for. */
export const algorithmMembers = ({
  record,
}: Key): Pick<
  KeyMetadata,
  | 'EncryptionAlgorithms'
  | 'SigningAlgorithms'
  | 'MacAlgorithms'
  | 'KeyAgreementAlgorithms'
  | 'EncapsulationAlgorithms'
> => {
  const { algorithms } = keySpecRow(record.spec)
  const uses = <U extends keyof typeof algorithms>(usage: U): (typeof algorithms)[U] | undefined =>
    record.usage === usage ? algorithms[usage] : undefined
  return {
    EncryptionAlgorithms: uses('ENCRYPT_DECRYPT'),
    SigningAlgorithms: uses('SIGN_VERIFY'),
    MacAlgorithms: uses('GENERATE_VERIFY_MAC'),
    KeyAgreementAlgorithms: uses('KEY_AGREEMENT'),
    EncapsulationAlgorithms: uses('ENCAPSULATE_DECAPSULATE'),
  }
}

/** Only while imported material is there (recorded on AWS; so is its absence afterwards). */
const expirationModel = ({ record: { expiration } }: Key): KeyMetadata['ExpirationModel'] => {
  if (expiration === undefined) return undefined
  return expiration.validToMs === undefined
    ? 'KEY_MATERIAL_DOES_NOT_EXPIRE'
    : 'KEY_MATERIAL_EXPIRES'
}

/** AWS names the material of symmetric keys alone, and not of those in custom key stores. */
const shownMaterialId = ({ record }: Key): string | undefined =>
  keySpecRow(record.spec).material === 'symmetric' && record.customKeyStoreId === undefined
    ? record.currentMaterialId
    : undefined

const multiRegionConfiguration = ({ record }: Key): KeyMetadata['MultiRegionConfiguration'] => {
  const { regions, account, keyId } = record
  if (regions === undefined) return undefined
  const inRegion = (region: string) => ({ Arn: keyArn({ region, account }, keyId), Region: region })
  return {
    MultiRegionKeyType: multiRegionKeyType(record),
    PrimaryKey: inRegion(regions.primary),
    ReplicaKeys: regions.replicas.map(inRegion),
  }
}
