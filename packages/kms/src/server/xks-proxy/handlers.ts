import { KmsError } from '../../api/errors.ts'
import type { XksOperations } from '../../api/xks.ts'
import { toHex } from '../../core/crypto/bytes.ts'
import { loadMaterial } from '../../core/crypto/material.ts'
import {
  decryptExternal,
  encryptExternal,
  integrityValue,
  isExternalMetadata,
} from '../../core/crypto/external.ts'
import type { Key } from '../../core/keys/key.ts'
import type { LoadedMaterial } from '../../core/keys/material.ts'
import { type Call, type HandlersOf, targetKey } from '../call.ts'

const nothing = new Uint8Array(0)
const symmetricUsages = ['ENCRYPT', 'DECRYPT']

export const xksHandlers: HandlersOf<XksOperations> = {
  GetKeyMetadata(_input, call) {
    const key = targetKey(call)
    const { spec, usage } = key.record
    return {
      keySpec: spec === 'SYMMETRIC_DEFAULT' ? 'AES_256' : spec,
      keyUsage: usage !== 'ENCRYPT_DECRYPT' ? [usage] : isWhole(key) ? symmetricUsages : [],
      keyStatus: call.keyStores.keyState(key) === 'Enabled' ? 'ENABLED' : 'DISABLED',
    }
  },

  async Encrypt(input, call) {
    const key = requireSymmetric(targetKey(call))
    const aad = input.additionalAuthenticatedData ?? nothing
    const { material, materialId } = await call.directory.currentMaterial(key)
    call.noted.keyMaterialId = materialId
    const parts = encryptExternal(material, call.nonces, input.plaintext, aad)
    return {
      ciphertext: parts.ciphertext,
      ciphertextMetadata: parts.metadata,
      initializationVector: parts.iv,
      authenticationTag: parts.tag,
      ciphertextDataIntegrityValue:
        input.ciphertextDataIntegrityValueAlgorithm === undefined
          ? undefined
          : integrityValue(aad, requireDecryptable(material, parts, aad, input.plaintext)),
    }
  },

  async Decrypt(input, call) {
    const key = requireSymmetric(targetKey(call))
    const metadata = input.ciphertextMetadata
    const { material, materialId } = await materialOf(call, key, metadata)
    call.noted.keyMaterialId = materialId
    const plaintext = decryptExternal(
      material,
      {
        ciphertext: input.ciphertext,
        metadata: metadata ?? nothing,
        iv: input.initializationVector,
        tag: input.authenticationTag,
      },
      input.additionalAuthenticatedData ?? nothing,
    )
    if (plaintext === undefined) throw new KmsError('InvalidCiphertextException')
    return { plaintext }
  },

  async GetHealthStatus(_input, call) {
    await call.state.read('cluster', 'self')
    requireWorking(call)
    const model = 'Keyhold'
    return {
      xksProxyFleetSize: 1,
      xksProxyVendor: 'Keyhold',
      xksProxyModel: model,
      ekmVendor: 'Keyhold',
      ekmFleetDetails: [{ id: call.hierarchy.clusterId, model, healthStatus: 'ACTIVE' }],
    }
  },
}

/** XKS proxy API, GetHealthStatus: a check is deep, under a key of its own. */
const requireWorking = ({ random, nonces }: Call): void => {
  const probe = random.bytes(32)
  const material = loadMaterial(random.bytes(32), probe)
  requireDecryptable(material, encryptExternal(material, nonces, probe, nothing), nothing, probe)
  probe.fill(0)
}

const requireSymmetric = (key: Key): Key => {
  if (key.record.spec === 'SYMMETRIC_DEFAULT' && isWhole(key)) return key
  throw new KmsError(
    'InvalidKeyUsageException',
    `${key.arn} is no symmetric key, or one of a custom key store.`,
  )
}

/** Of a key in a custom key store, the material here is but the inner half. */
const isWhole = ({ record }: Key): boolean => record.customKeyStoreId === undefined

/** The material that a ciphertext names, which may be an older one of the key, and no other key's. */
const materialOf = async (
  call: Call,
  key: Key,
  metadata: Uint8Array | undefined,
): Promise<LoadedMaterial> => {
  const found = isExternalMetadata(metadata)
    ? await call.directory.material(call.place.region, toHex(metadata))
    : undefined
  if (found?.keyRowId !== key.rowId) throw new KmsError('InvalidCiphertextException')
  return found
}

type Parts = ReturnType<typeof encryptExternal>

/** XKS proxy API, Appendix C: the value promises that the answer decrypts, so that is tried. */
const requireDecryptable = (
  material: LoadedMaterial['material'],
  parts: Parts,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Parts => {
  const decrypted = decryptExternal(material, parts, aad)
  const isSame = decrypted !== undefined && Buffer.compare(decrypted, plaintext) === 0
  decrypted?.fill(0)
  if (!isSame) throw new Error('what was encrypted does not decrypt')
  return parts
}
