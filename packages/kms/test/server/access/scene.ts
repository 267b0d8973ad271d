import { signRequest, type SigningCredentials } from '../../../src/client/sign.ts'
import { succeeded } from '../expect.ts'
import { account, type CallOptions, type Reply, type TestService } from '../harness.ts'
import { at, callIam, callSts, done, newUser, trust } from '../identity/query.ts'

export const otherAccount = '444455556666'

export const iamArn = (resource: string, owner = account): string =>
  `arn:aws:iam::${owner}:${resource}`
export const sessionArn = (role: string, session: string, owner = account): string =>
  `arn:aws:sts::${owner}:assumed-role/${role}/${session}`

/** Calls of KMS by somebody else than the root of the service's first account. */
export const callsAs =
  (service: TestService, credentials: SigningCredentials) =>
  (operation: string, input: object, options: CallOptions = {}): Promise<Reply> =>
    service.call(operation, input, { ...options, credentials })

/** A call of Keyhold's own operations. */
export const callKeyhold = (
  service: TestService,
  operation: string,
  input: object,
  credentials: SigningCredentials = service.credentials,
  region = 'us-east-1',
): Promise<Reply> => {
  const body = JSON.stringify(input)
  const headers = signRequest({
    method: 'POST',
    url: new URL(service.endpoint),
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `Keyhold.${operation}`,
    },
    body: Buffer.from(body),
    credentials,
    region,
    service: 'keyhold',
    nowMs: service.clock.nowMs(),
  })
  return service.send('POST', '/', headers, body)
}

/** Another account, and what its root signs with. */
export const newAccount = async (
  service: TestService,
  AccountId = otherAccount,
): Promise<SigningCredentials> => {
  const made = succeeded(await callKeyhold(service, 'CreateAccount', { AccountId }))
  const root = made['RootCredential'] as { AccessKeyId: string; SecretAccessKey: string }
  return { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey }
}

/** A user of any account, made by its root. */
export const newUserOf = async (
  service: TestService,
  root: SigningCredentials,
  UserName: string,
  policy?: object,
): Promise<SigningCredentials> => {
  const credentials = root
  done(await callIam(service, 'CreateUser', { UserName }, { credentials }))
  if (policy !== undefined) {
    const PolicyDocument = JSON.stringify(policy)
    const input = { UserName, PolicyName: 'own', PolicyDocument }
    done(await callIam(service, 'PutUserPolicy', input, { credentials }))
  }
  const key = done(await callIam(service, 'CreateAccessKey', { UserName }, { credentials }))
  return {
    accessKeyId: at(key, 'AccessKey', 'AccessKeyId'),
    secretAccessKey: at(key, 'AccessKey', 'SecretAccessKey'),
  }
}

/** A role of the first account, and what one of its sessions signs with. */
export const newSession = async (
  service: TestService,
  RoleName: string,
  { policy, session = {} }: { readonly policy?: object; readonly session?: object } = {},
): Promise<SigningCredentials> => {
  const user = await newUser(service, `${RoleName}-user`)
  const AssumeRolePolicyDocument = trust(iamArn(`user/${RoleName}-user`))
  done(await callIam(service, 'CreateRole', { RoleName, AssumeRolePolicyDocument }))
  if (policy !== undefined) {
    const PolicyDocument = JSON.stringify(policy)
    done(await callIam(service, 'PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument }))
  }
  const input = { RoleArn: iamArn(`role/${RoleName}`), RoleSessionName: 'test', ...session }
  const answer = done(await callSts(service, 'AssumeRole', input, { credentials: user }))
  return {
    accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
    secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
    sessionToken: at(answer, 'Credentials', 'SessionToken'),
  }
}

/** A key policy: the account's root may do all, and what the statements add. */
export const keyPolicy = (...statements: readonly object[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'root', Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
      ...statements.map((each) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...each })),
    ],
  })

const reasons = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  session: 'session policy',
} as const

/** AWS's text of a refusal, where no policy of a kind allows the action. */
export const notAllowed = (
  userArn: string,
  action: string,
  what: string,
  kind: keyof typeof reasons = 'identity',
): string =>
  `User: ${userArn} is not authorized to perform: ${action} on ${what} because no ` +
  `${reasons[kind]} allows the ${action} action`

/** AWS's text of a refusal that tells nothing of another account's resource. */
export const notShared = (userArn: string, action: string, what = 'this resource'): string =>
  `User: ${userArn} is not authorized to perform: ${action} on ${what} because the resource does ` +
  'not exist in this Region, no resource-based policies allow access, or a resource-based policy ' +
  'explicitly denies access'
