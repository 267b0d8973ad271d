import { copyOf } from '../../bytes.ts'

/** One generation of a branch key: what the hierarchical keyring wraps data keys under. */
export type BranchKey = {
  readonly branchKeyId: string
  /** A UUID in lower case. */
  readonly version: string
  /** 32 plain bytes, owned by whoever asked for them, who zeroes them. */
  readonly material: Uint8Array
}

/**
 * What the hierarchical keyring asks of a key store. Both methods reject when there is no such key
 * or version; neither may resolve to another key than the one asked for.
 */
export type BranchKeyStore = {
  /** The version that new data keys are wrapped under. */
  activeBranchKey(branchKeyId: string): Promise<BranchKey>
  /** The version that a message names. */
  branchKeyVersion(branchKeyId: string, version: string): Promise<BranchKey>
}

/** A key store that also makes and rotates branch keys: what an administrator holds. */
export type BranchKeyAdmin = BranchKeyStore & {
  /**
   * Makes a branch key with a first, active version, and resolves to its id: the one given, or a
   * random UUID. Rejects with `InvalidInput` when the id is taken.
   */
  createBranchKey(options?: CreateBranchKeyOptions): Promise<string>
  /** Rotates: makes a new active version, and resolves to it. Older versions still decrypt. */
  versionBranchKey(branchKeyId: string): Promise<string>
}

export type CreateBranchKeyOptions = {
  readonly branchKeyId?: string
  /** Further pairs that the key service binds the branch key to. */
  readonly context?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
}

export const branchKeyBytes = 32

/** The 16 bytes of a version; `undefined` for what is no UUID in lower case. */
export const versionBytes = (version: string): Uint8Array | undefined =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(version)
    ? copyOf(Buffer.from(version.replaceAll('-', ''), 'hex'))
    : undefined

/** The version of its 16 bytes. */
export const versionText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
