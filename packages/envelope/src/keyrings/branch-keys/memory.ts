import { randomUUID } from 'node:crypto'
import { copyOf } from '../../bytes.ts'
import { randomOwn } from '../bytes.ts'
import { attemptFailed, invalid } from '../data-key.ts'
import { type BranchKey, type BranchKeyAdmin, branchKeyBytes, versionBytes } from './store.ts'

type Versions = { active: string; readonly materials: Map<string, Uint8Array> }

/**
 * Branch keys in the memory of this process, in the clear and without a key service: for tests, and
 * for programs that bring branch keys of their own. They end with the process. `keys` are copied;
 * of several versions of one key the last one is active.
 */
export const memoryBranchKeyStore = (keys: readonly BranchKey[] = []): BranchKeyAdmin => {
  const known = new Map<string, Versions>()
  const add = (branchKeyId: string, version: string, material: Uint8Array): void => {
    const versions = known.get(branchKeyId) ?? { active: version, materials: new Map() }
    versions.active = version
    versions.materials.set(version, material)
    known.set(branchKeyId, versions)
  }
  for (const { branchKeyId, version, material } of keys) {
    if (material.length !== branchKeyBytes || versionBytes(version) === undefined)
      throw invalid('A branch key has 32 bytes, and a UUID in lower case as its version.')
    add(branchKeyId, version, copyOf(material))
  }

  const find = (branchKeyId: string): Versions => {
    const versions = known.get(branchKeyId)
    if (versions === undefined) throw noBranchKey()
    return versions
  }
  const read = (branchKeyId: string, version: string): BranchKey => {
    const material = find(branchKeyId).materials.get(version)
    if (material === undefined) throw noBranchKey()
    return { branchKeyId, version, material: copyOf(material) }
  }
  return {
    activeBranchKey: async (branchKeyId) => read(branchKeyId, find(branchKeyId).active),
    branchKeyVersion: async (branchKeyId, version) => read(branchKeyId, version),
    createBranchKey: async ({ branchKeyId = randomUUID() } = {}) => {
      if (branchKeyId === '' || known.has(branchKeyId)) throw branchKeyIdTaken()
      add(branchKeyId, randomUUID(), randomOwn(branchKeyBytes))
      return branchKeyId
    },
    versionBranchKey: async (branchKeyId) => {
      find(branchKeyId)
      const version = randomUUID()
      add(branchKeyId, version, randomOwn(branchKeyBytes))
      return version
    },
  }
}

export const noBranchKey = () =>
  attemptFailed('The key store has no such branch key, or no such version of it.')

export const branchKeyIdTaken = () =>
  invalid('The key store has a branch key of this id already, or the id is empty.')
