/** Limits that AWS sets for an account or a key, and an operator may set otherwise. */
export type Quotas = {
  /** Of both types, in an account. */
  readonly customKeyStoresPerRegion: number
  readonly grantsPerKey: number
  readonly onDemandRotationsPerKey: number
}

/** AWS's own (Developer Guide, "Resource quotas"; RotateKeyOnDemand). */
export const defaultQuotas: Quotas = {
  customKeyStoresPerRegion: 10,
  grantsPerKey: 50_000,
  onDemandRotationsPerKey: 25,
}
