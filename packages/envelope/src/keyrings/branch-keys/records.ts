/** A branch key as it is stored: one generation, wrapped by a key service. */
export type BranchKeyRecord = {
  readonly branchKeyId: string
  readonly version: string
  /** ISO 8601, bound by the wrapping. */
  readonly createdAt: string
  /** Further pairs that the wrapping binds. */
  readonly context: ReadonlyMap<string, string>
  readonly wrapped: Uint8Array
}

/** A new generation in its two forms: as the active one, and as one to decrypt with for good. */
export type NewGeneration = {
  readonly active: BranchKeyRecord
  readonly version: BranchKeyRecord
}

/** Durable records of branch keys. Every method is atomic; a resolved write has reached the disk. */
export type BranchKeyRecords = {
  /** Resolves to `false`, and writes nothing, when the branch key exists. */
  create(generation: NewGeneration): Promise<boolean>
  /** Resolves to `false`, and writes nothing, unless `previous` is still the active version. */
  rotate(generation: NewGeneration, previous: string): Promise<boolean>
  /** Resolves to `undefined`, and does not throw, when there is no such branch key. */
  active(branchKeyId: string): Promise<BranchKeyRecord | undefined>
  version(branchKeyId: string, version: string): Promise<BranchKeyRecord | undefined>
}

/** Records that end with the process. */
export const memoryBranchKeyRecords = (): BranchKeyRecords => {
  const actives = new Map<string, BranchKeyRecord>()
  const versions = new Map<string, BranchKeyRecord>()
  const nameOf = (id: string, version: string): string => JSON.stringify([id, version])
  const write = ({ active, version }: NewGeneration): true => {
    actives.set(active.branchKeyId, active)
    versions.set(nameOf(version.branchKeyId, version.version), version)
    return true
  }
  return {
    create: async (generation) => !actives.has(generation.active.branchKeyId) && write(generation),
    rotate: async (generation, previous) =>
      actives.get(generation.active.branchKeyId)?.version === previous && write(generation),
    active: async (branchKeyId) => actives.get(branchKeyId),
    version: async (branchKeyId, version) => versions.get(nameOf(branchKeyId, version)),
  }
}
