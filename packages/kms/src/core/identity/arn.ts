import { partitionOf } from '../regions.ts'

/** IAM is one for all Regions of a partition; its ARNs name none. */
export const iamRegion = 'us-east-1'

type Named = { readonly account: string; readonly path: string; readonly name: string }

const arnOf = (kind: string, { account, path, name }: Named, region: string): string =>
  `arn:${partitionOf(region)}:iam::${account}:${kind}${path}${name}`

/** `region` only says which partition the ARN is for. */
export const userArn = (user: Named, region = iamRegion): string => arnOf('user', user, region)
export const groupArn = (group: Named): string => arnOf('group', group, iamRegion)
export const roleArn = (role: Named, region = iamRegion): string => arnOf('role', role, region)
export const policyArn = (policy: Named): string => arnOf('policy', policy, iamRegion)

/** `url` is the issuer, with or without its scheme. */
export const oidcProviderArn = (account: string, url: string): string =>
  `arn:aws:iam::${account}:oidc-provider/${url.replace(/^https:\/\//, '').replace(/\/$/, '')}`

/** Who calls with the credentials of a session: the role's path is not part of it. */
export const sessionArn = (
  account: string,
  roleName: string,
  sessionName: string,
  region = iamRegion,
): string => `arn:${partitionOf(region)}:sts::${account}:assumed-role/${roleName}/${sessionName}`

/**
 * The parts of an ARN of IAM in the partition of the Region; `undefined` if it is none. `resource` is
 * what follows the account, which is `aws` for what AWS itself manages.
 */
export const parseIamArn = (
  arn: string,
  region = iamRegion,
): { readonly account: string; readonly resource: string } | undefined => {
  const [, partition, account, resource] =
    /^arn:([a-z-]+):iam::([0-9]{12}|aws):(.+)$/s.exec(arn) ?? []
  if (partition !== partitionOf(region)) return undefined
  return account === undefined || resource === undefined ? undefined : { account, resource }
}
