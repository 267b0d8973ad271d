import type { SigningCredentials } from '../../../src/client/sign.ts'
import { account, region, type TestService } from '../harness.ts'
import { at, callIam, callSts, done, newUser, type QueryOptions, trust } from './query.ts'

export const arnOfUser = (name: string): string => `arn:aws:iam::${account}:user/${name}`
export const arnOfRole = (name: string): string => `arn:aws:iam::${account}:role/${name}`

export const invalidToken = 'The security token included in the request is invalid.'

export const credentialsOf = (answer: ReturnType<typeof done>): SigningCredentials => ({
  accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
  secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
  sessionToken: at(answer, 'Credentials', 'SessionToken'),
})

/** What tests of sessions ask of `service`. */
export const sessionScene = (service: TestService) => {
  const iam = (action: string, params: object = {}, options: QueryOptions = {}) =>
    callIam(service, action, { ...params }, options)
  const sts = (action: string, params: object = {}, options: QueryOptions = {}) =>
    callSts(service, action, { ...params }, options)
  /** A role, and a user whom it lets assume it. */
  const newRole = async (name: string, more: object = {}, statement: object = {}) => {
    const credentials = await newUser(service, `${name}-user`)
    done(
      await iam('CreateRole', {
        RoleName: name,
        AssumeRolePolicyDocument: trust(arnOfUser(`${name}-user`), statement),
        ...more,
      }),
    )
    const assume = (params: object = {}, as: SigningCredentials = credentials) =>
      sts(
        'AssumeRole',
        { RoleArn: arnOfRole(name), RoleSessionName: 'test', ...params },
        { credentials: as, region },
      )
    return { credentials, assume }
  }
  const identity = (credentials: SigningCredentials) =>
    sts('GetCallerIdentity', {}, { credentials })
  return { iam, sts, newRole, identity }
}
