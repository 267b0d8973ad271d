/** Limits that AWS sets for an account or a key, and an operator may set otherwise. */
export type Quotas = {
  readonly onDemandRotationsPerKey: number
}

/** AWS's own (Developer Guide, "Resource quotas"; RotateKeyOnDemand). */
export const defaultQuotas: Quotas = {
  onDemandRotationsPerKey: 25,
}
