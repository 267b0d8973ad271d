import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account } from '../setting.mjs'
import { arnOf, policyOf, trustOf } from './client.mjs'
import { region, rootKeys, service } from './scene.mjs'

// It announces its age on standard error when it is loaded, unless it is told not to.
process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1'
const { default: AWS } = await import('aws-sdk')

const { endpoint } = service
const options = { endpoint, region, maxRetries: 0, ...rootKeys }
const iam = new AWS.IAM(options)

test('the AWS SDK for JavaScript v2 makes a user, and a session of a role by its own provider', async () => {
  const UserName = 'v2-user'
  const Tags = [{ Key: 'a b', Value: '*~+ü' }]
  const { User } = await iam.createUser({ UserName, Tags: [{ Key: 'a b', Value: '+ü' }] }).promise()
  assert.ok(User.CreateDate instanceof Date)
  assert.deepEqual(User.Tags, [{ Key: 'a b', Value: '+ü' }])
  await assert.rejects(iam.createUser({ UserName, Tags }).promise(), { code: 'ValidationError' })
  await assert.rejects(iam.createUser({ UserName }).promise(), {
    code: 'EntityAlreadyExists',
    statusCode: 409,
    message: `User with name ${UserName} already exists.`,
  })
  await iam
    .putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policyOf('sts:AssumeRole') })
    .promise()
  const { AccessKey } = await iam.createAccessKey({ UserName }).promise()
  const AssumeRolePolicyDocument = trustOf({ AWS: arnOf(`user/${UserName}`) })
  await iam.createRole({ RoleName: 'v2-role', AssumeRolePolicyDocument }).promise()
  const stsConfig = { endpoint, region, maxRetries: 0 }
  const credentials = new AWS.ChainableTemporaryCredentials({
    params: { RoleArn: arnOf('role/v2-role'), RoleSessionName: 'v2' },
    masterCredentials: new AWS.Credentials(AccessKey.AccessKeyId, AccessKey.SecretAccessKey),
    stsConfig,
  })
  const sts = new AWS.STS({ ...stsConfig, credentials })
  const { Arn } = await sts.getCallerIdentity().promise()
  assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/v2-role/v2`)
})
