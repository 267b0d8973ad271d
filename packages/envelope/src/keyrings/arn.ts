/** A KMS ARN in its parts. `text` is the whole of it, as it was read. */
export type KmsArn = {
  readonly text: string
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly resourceType: 'key' | 'alias'
  readonly resourceId: string
}

/**
 * Reads `arn:partition:kms:region:account:key/id`, or the same of an alias; `undefined` for all
 * else. A region is letters, digits and dashes only, for callers build host names from it.
 */
export const parseArn = (text: string): KmsArn | undefined => {
  const [prefix, partition, service, region, account, resource, ...rest] = text.split(':')
  if (prefix !== 'arn' || service !== 'kms' || rest.length > 0) return undefined
  if (!partition || !region || !account || !resource) return undefined
  if (!/^[A-Za-z0-9-]+$/.test(region)) return undefined
  const slash = resource.indexOf('/')
  const resourceType = resource.slice(0, slash)
  const resourceId = resource.slice(slash + 1)
  if ((resourceType !== 'key' && resourceType !== 'alias') || resourceId === '') return undefined
  return { text, partition, region, account, resourceType, resourceId }
}

/** As `parseArn`, of keys alone. */
export const parseKeyArn = (text: string): KmsArn | undefined => {
  const arn = parseArn(text)
  return arn?.resourceType === 'key' ? arn : undefined
}

/** A multi-Region key; never an alias. */
export const isMultiRegion = (arn: KmsArn): boolean =>
  arn.resourceType === 'key' && arn.resourceId.startsWith('mrk-')

/** Whether two ARNs name one key, or two replicas of one multi-Region key. */
export const isSameOrReplica = (a: KmsArn, b: KmsArn): boolean => {
  if (a.text === b.text) return true
  if (!isMultiRegion(a) || !isMultiRegion(b)) return false
  return a.partition === b.partition && a.account === b.account && a.resourceId === b.resourceId
}

/** The same key in another Region. */
export const inRegion = (arn: KmsArn, region: string): string =>
  `arn:${arn.partition}:kms:${region}:${arn.account}:${arn.resourceType}/${arn.resourceId}`
