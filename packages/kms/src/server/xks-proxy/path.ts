/** What a path of the XKS proxy API asks for. */
export type XksPath = {
  readonly name: 'Encrypt' | 'Decrypt' | 'GetKeyMetadata' | 'GetHealthStatus'
  /** What stands before `/kms/xks/v1`: the Region of the keys; absent: that of the signature. */
  readonly region: string | undefined
  readonly externalKeyId: string | undefined
}

const names = { encrypt: 'Encrypt', decrypt: 'Decrypt', metadata: 'GetKeyMetadata' } as const

const pattern =
  /^(?:\/([a-z0-9-]{1,32}))?\/kms\/xks\/v1\/(?:health|keys\/([a-zA-Z0-9._-]{1,128})\/(encrypt|decrypt|metadata))$/

/** `undefined` for a path that the API does not have. What it lets through needs no decoding. */
export const parseXksPath = (target: string): XksPath | undefined => {
  const match = pattern.exec(target)
  if (match === null) return undefined
  const [, region, externalKeyId, operation] = match
  return {
    name: operation === undefined ? 'GetHealthStatus' : names[operation as keyof typeof names],
    region,
    externalKeyId,
  }
}
