import { CreateOpenIDConnectProviderCommand, CreateRoleCommand } from '@aws-sdk/client-iam'
import { testChecks } from '../python/run-checks.mjs'
import { arnOf, trustOf } from './client.mjs'
import { issuer, root, service, webToken } from './scene.mjs'

const audience = 'sts.example'
const made = await root.send(
  new CreateOpenIDConnectProviderCommand({ Url: `${issuer}/boto3`, ClientIDList: [audience] }),
)
const trust = trustOf(
  { Federated: made.OpenIDConnectProviderArn },
  { Action: 'sts:AssumeRoleWithWebIdentity' },
)
await root.send(new CreateRoleCommand({ RoleName: 'py-web', AssumeRolePolicyDocument: trust }))

await testChecks('boto3', 'iam_checks.py', {
  plain: service,
  tls: service,
  webToken: webToken('py', audience, `${issuer}/boto3`),
  webRole: arnOf('role/py-web'),
})
