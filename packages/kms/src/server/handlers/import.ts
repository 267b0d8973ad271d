import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import { externalMaterialId } from '../../core/crypto/material.ts'
import { identityOf } from '../../core/import/material.ts'
import { importTokenTtlMs, sealImportToken } from '../../core/import/token.ts'
import { requireWrapping } from '../../core/import/wrapping.ts'
import {
  currentOf,
  dropMaterial,
  isPresent,
  withMaterials,
  withoutBytes,
} from '../../core/keys/imported.ts'
import type { KeyRecord } from '../../core/keys/key.ts'
import {
  materialName,
  type MaterialName,
  type MaterialRecord,
  wrapMaterial,
} from '../../core/keys/material.ts'
import { materialRowOf } from '../../core/keys/material-row.ts'
import { requirePrimary } from '../../core/keys/multi-region.ts'
import { materialsOf } from '../../core/keys/rows.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { isSymmetric, requireGenerationMembers } from '../import-material.ts'
import { putKey, putMaterial } from '../new-key.ts'

export const importHandlers: Family<
  'GetParametersForImport' | 'ImportKeyMaterial' | 'DeleteImportedKeyMaterial'
> = {
  async GetParametersForImport({ WrappingAlgorithm, WrappingKeySpec }, call) {
    const { arn, record } = targetKey(call)
    const wrapping = requireWrapping(record.spec, WrappingAlgorithm, WrappingKeySpec)
    const { algorithm, keySpec } = wrapping
    const { privateKey, publicKey } = await call.keyWork.generateKeyPair(keySpec)
    const expiresAtMs = call.clock.nowMs() + importTokenTtlMs
    try {
      const claims = { algorithm, expiresAtMs, privateKey }
      const tokenKey = call.hierarchy.tokenKey('import')
      return {
        KeyId: arn,
        ImportToken: sealImportToken(tokenKey, record, claims, call.random),
        PublicKey: publicKey,
        ParametersValidTo: expiresAtMs,
      }
    } finally {
      privateKey.fill(0)
    }
  },

  async ImportKeyMaterial(input, call) {
    const key = targetKey(call)
    const { record } = key
    const bytes = call.prepared
    if (bytes === undefined) throw new TypeError('material that is imported is prepared')
    const name = nameOf(record, bytes)
    const generations = await materialsOf(call.state, key)
    const known = generations.find(({ materialId }) => materialId === name.materialId)
    await requireExpected(call, input, name, generations, known)
    const nowMs = call.clock.nowMs()
    const material: MaterialRecord = {
      ...known,
      ...wrapMaterial(name, bytes, call.hierarchy, known?.createdAtMs ?? nowMs),
      ...(known === undefined && generations.length > 0 && { isPending: true }),
      imported: importedOf(input, known),
    }
    if (known?.wrapped !== undefined) call.change.eraseMaterial()
    putMaterial(call, material)
    if (known === undefined) tellReplicas(call, record, material)
    if (material.isPending !== true) {
      const after = [...generations.filter((each) => each !== known), material]
      const currentMaterialId = record.currentMaterialId ?? currentOf(after)?.materialId
      const current = { ...record, ...(currentMaterialId !== undefined && { currentMaterialId }) }
      putKey(call, withMaterials(current, after, nowMs))
    }
    return { KeyId: key.arn, ...shownId(record, name.materialId) }
  },

  async DeleteImportedKeyMaterial(input, call) {
    const key = targetKey(call)
    const { record } = key
    requireGenerationMembers(input, record.spec)
    const materialId = input.KeyMaterialId ?? record.currentMaterialId
    // Nothing was ever imported.
    if (materialId === undefined) return { KeyId: key.arn }
    const generations = await materialsOf(call.state, key)
    const material = generations.find((each) => each.materialId === materialId)
    if (material === undefined)
      throw new KmsError(
        'NotFoundException',
        `Key material (id: ${materialId}) is not associated with KMS key ${record.keyId}.`,
      )
    if (material.wrapped !== undefined) dropMaterial(call.change, record, material)
    return { KeyId: key.arn, ...shownId(record, materialId) }
  },
}

/** The same bytes in the same key have the same name, so that they are recognised. */
const nameOf = (record: KeyRecord, bytes: Uint8Array): MaterialName => {
  const { account, keyId, spec } = record
  const id = externalMaterialId(identityOf(spec, bytes), account, keyId)
  return materialName(record, keyId, spec, id)
}

/** Refuses material other than that which the request, or the key, makes one expect. */
const requireExpected = async (
  call: Call,
  { ImportType, KeyMaterialId }: Input<'ImportKeyMaterial'>,
  { materialId, region, keyId }: MaterialName,
  generations: readonly MaterialRecord[],
  known: MaterialRecord | undefined,
): Promise<void> => {
  if (KeyMaterialId !== undefined && KeyMaterialId !== materialId)
    throw incorrect(`The key material does not have the id ${KeyMaterialId}.`)
  const type =
    ImportType ?? (generations.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')
  if (type === 'EXISTING_KEY_MATERIAL' && known === undefined)
    throw incorrect('The key material was not imported into this KMS key before.')
  if (type === 'NEW_KEY_MATERIAL' && known !== undefined)
    throw incorrect('The key material was imported into this KMS key before.')
  const waits = known === undefined || known.isPending === true
  if (waits) requireNoneElse(call, { materialId, keyId }, generations)
  if (known !== undefined) return
  requirePrimary(targetKey(call))
  // Rows are named by half of the id: with great effort an importer could make two that are alike.
  if ((await call.state.read('material', materialRowOf(region, materialId))) !== undefined)
    throw incorrect('The key material cannot be imported into this KMS key.')
}

/** One material of a key may wait for its rotation at a time. */
const requireNoneElse = (
  call: Call,
  { materialId, keyId }: Pick<MaterialName, 'materialId' | 'keyId'>,
  generations: readonly MaterialRecord[],
): void => {
  const nowMs = call.clock.nowMs()
  const other = generations.find(
    (each) => each.isPending === true && each.materialId !== materialId && isPresent(each, nowMs),
  )
  if (other === undefined) return
  throw new KmsError(
    'KMSInvalidStateException',
    `New key material (id: ${materialId}) cannot be imported into KMS key ${keyId}, because ` +
      `another key material (id: ${other.materialId}) is pending rotation.`,
  )
}

/** A replica takes what its primary has, so it knows that before it has it. */
const tellReplicas = (call: Call, { regions }: KeyRecord, material: MaterialRecord): void => {
  for (const region of regions?.replicas ?? [])
    putMaterial(call, { ...withoutBytes(material), region })
}

const incorrect = (message: string): KmsError =>
  new KmsError('IncorrectKeyMaterialException', message)

/** What was said of the material before stays, unless something else is said. */
const importedOf = (
  { KeyMaterialDescription, ValidTo }: Input<'ImportKeyMaterial'>,
  known: MaterialRecord | undefined,
): NonNullable<MaterialRecord['imported']> => {
  const description = KeyMaterialDescription ?? known?.imported?.description
  return {
    ...(description !== undefined && { description }),
    ...(ValidTo !== undefined && { validToMs: ValidTo }),
  }
}

const shownId = ({ spec }: KeyRecord, materialId: string): { KeyMaterialId?: string } =>
  isSymmetric(spec) ? { KeyMaterialId: materialId } : {}
