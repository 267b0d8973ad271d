import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeleteUserPolicyCommand, IAMServiceException, ListUsersCommand } from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as sts from '@aws-sdk/client-sts'
import {
  fromTemporaryCredentials,
  fromTokenFile,
  fromWebToken,
} from '@aws-sdk/credential-providers'
import { account, uuid } from '../setting.mjs'
import { arnOf, call, newUser, policyOf, trustOf } from './client.mjs'
import { iamOf, issuer, kmsOf, region, root, rootKeys, service, stsOf, webToken } from './scene.mjs'

const clientConfig = { endpoint: service.endpoint, region }
const whoIs = (credentials) => stsOf(credentials).send(new sts.GetCallerIdentityCommand({}))
const sessionArn = (role, name) => `arn:aws:sts::${account}:assumed-role/${role}/${name}`

test('a role is assumed by the credential provider of the SDK, and does what it may', async () => {
  const { KeyMetadata } = await kmsOf(rootKeys).send(new kms.CreateKeyCommand({}))
  const KeyId = KeyMetadata.Arn
  const ada = await newUser('js-ada', policyOf('sts:AssumeRole'))
  await call('CreateRole', {
    RoleName: 'js-deploy',
    AssumeRolePolicyDocument: trustOf({ AWS: arnOf('user/js-ada') }),
  })
  await call('PutRolePolicy', {
    RoleName: 'js-deploy',
    PolicyName: 'kms',
    PolicyDocument: policyOf(['kms:Encrypt', 'kms:Decrypt'], KeyId),
  })
  const credentials = fromTemporaryCredentials({
    masterCredentials: ada,
    params: { RoleArn: arnOf('role/js-deploy'), RoleSessionName: 's1', DurationSeconds: 900 },
    clientConfig,
  })
  assert.equal((await whoIs(credentials)).Arn, sessionArn('js-deploy', 's1'))
  const client = kmsOf(credentials)
  const sealed = await client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
  const { CiphertextBlob } = sealed
  const opened = await client.send(new kms.DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(opened.Plaintext).toString(), 'x')
  await assert.rejects(client.send(new kms.DescribeKeyCommand({ KeyId })), {
    name: 'AccessDeniedException',
    message:
      `User: ${sessionArn('js-deploy', 's1')} is not authorized to perform: kms:DescribeKey ` +
      `on resource: ${KeyId} because no identity-based policy allows the kms:DescribeKey action`,
  })
  // The user himself has no permission for the key.
  await assert.rejects(kmsOf(ada).send(new kms.DecryptCommand({ CiphertextBlob })), {
    name: 'AccessDeniedException',
  })
  // Without the role its session ends at once.
  await call('DeleteRolePolicy', { RoleName: 'js-deploy', PolicyName: 'kms' })
  await call('DeleteRole', { RoleName: 'js-deploy' })
  await assert.rejects(client.send(new kms.DecryptCommand({ CiphertextBlob })), {
    name: 'UnrecognizedClientException',
  })
})

test('a job with a token of its provider gets credentials of a role', async () => {
  const audience = 'sts.example'
  await call('CreateOpenIDConnectProvider', { Url: issuer, ClientIDList: [audience] })
  const host = issuer.slice('https://'.length)
  await call('CreateRole', {
    RoleName: 'js-ci',
    AssumeRolePolicyDocument: trustOf(
      { Federated: arnOf(`oidc-provider/${host}`) },
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${host}:sub`]: 'repo:a:main' } },
      },
    ),
  })
  const roleArn = arnOf('role/js-ci')
  const webIdentityToken = webToken('repo:a:main', audience)
  const byToken = fromWebToken({ roleArn, roleSessionName: 'job', webIdentityToken, clientConfig })
  assert.equal((await whoIs(byToken)).Arn, sessionArn('js-ci', 'job'))
  // As a cluster does it: the token lies in a file that is named by the environment.
  const folder = await mkdtemp(join(process.env['TMPDIR'], 'token-'))
  const webIdentityTokenFile = join(folder, 'token')
  await writeFile(webIdentityTokenFile, webIdentityToken)
  const byFile = fromTokenFile({
    roleArn,
    roleSessionName: 'pod',
    webIdentityTokenFile,
    clientConfig,
  })
  assert.equal((await whoIs(byFile)).Arn, sessionArn('js-ci', 'pod'))

  const other = webToken('repo:a:other', audience)
  await assert.rejects(
    whoIs(fromWebToken({ roleArn, roleSessionName: 'no', webIdentityToken: other, clientConfig })),
    { name: 'AccessDenied' },
  )
  const foreign = webToken('repo:a:main', 'other')
  await assert.rejects(
    whoIs(
      fromWebToken({ roleArn, roleSessionName: 'no', webIdentityToken: foreign, clientConfig }),
    ),
    { name: 'InvalidIdentityTokenException', message: 'Incorrect token audience' },
  )
})

test('a session of the user himself may do what the user may, as long as he may', async () => {
  const user = await newUser('js-self', policyOf('iam:ListUsers'))
  const { Credentials, $metadata } = await stsOf(user).send(
    new sts.GetSessionTokenCommand({ DurationSeconds: 900 }),
  )
  assert.match($metadata.requestId, uuid)
  assert.match(Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.ok(Credentials.Expiration instanceof Date)
  const session = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  }
  assert.equal((await whoIs(session)).Arn, arnOf('user/js-self'))
  const info = await stsOf(rootKeys).send(
    new sts.GetAccessKeyInfoCommand({ AccessKeyId: user.accessKeyId }),
  )
  assert.equal(info.Account, account)
  await root.send(new DeleteUserPolicyCommand({ UserName: 'js-self', PolicyName: 'own' }))
  await assert.rejects(iamOf(session).send(new ListUsersCommand({})), (error) => {
    assert.ok(error instanceof IAMServiceException)
    // IAM takes no session that was opened without a second factor, whatever its policies say.
    assert.equal(error.name, 'InvalidClientTokenId')
    return true
  })
})
