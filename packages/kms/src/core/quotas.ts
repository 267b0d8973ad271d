/** Limits that AWS sets for an account or a key, and an operator may set otherwise. */
export type Quotas = {
  readonly aliasesPerKey: number
  /** Of both types, in an account. */
  readonly customKeyStoresPerRegion: number
  readonly grantsPerKey: number
  /** In an account, whatever their state. */
  readonly keysPerRegion: number
  readonly onDemandRotationsPerKey: number
}

/** AWS's own (Developer Guide, "Resource quotas"; RotateKeyOnDemand). */
export const defaultQuotas: Quotas = {
  aliasesPerKey: 50,
  customKeyStoresPerRegion: 10,
  grantsPerKey: 50_000,
  keysPerRegion: 100_000,
  onDemandRotationsPerKey: 25,
}
