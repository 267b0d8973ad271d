/** `keyhold iam` and `keyhold sts` beside `aws iam` and `aws sts`: the same arguments, the same answers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as iam from '@aws-sdk/client-iam'
import { aws, keyhold, normalise, openBench } from './cli.mjs'
import { account, credentials, setting } from './setting.mjs'

const bench = await openBench('eu-south-1')
const words = (line) => line.split(' ')

const policy = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'One', Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt'], Resource: '*' },
  ],
}
const trust = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: account } },
}
const files = {
  'policy.json': JSON.stringify(policy, null, 2),
  'trust.json': JSON.stringify(trust),
  'tags.json': JSON.stringify([{ Key: 'from', Value: 'a file' }]),
  'user.json': JSON.stringify({ UserName: 'cli-ada' }),
}
for (const [name, content] of Object.entries(files))
  writeFileSync(join(bench.folder, name), content)

/** What all the reading commands look at: made once, so that both tell of the same. */
const makeIdentities = async () => {
  const client = new iam.IAMClient({
    endpoint: setting.plain.endpoint,
    region: 'us-east-1',
    credentials,
  })
  const send = (name, input) => client.send(new iam[`${name}Command`](input))
  const PolicyDocument = JSON.stringify(policy)
  const UserName = 'cli-ada'
  const Tags = [
    { Key: 'team', Value: 'größer' },
    { Key: 'empty', Value: '' },
  ]
  await send('CreateUser', { UserName, Path: '/cli/', Tags })
  for (const name of ['cli-bob', 'cli-eve', 'cli-jim'])
    await send('CreateUser', { UserName: name, Path: '/cli/' })
  await send('PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
  const { AccessKey } = await send('CreateAccessKey', { UserName })
  await send('CreateGroup', { GroupName: 'cli-group', Path: '/cli/' })
  for (const name of ['cli-ada', 'cli-bob'])
    await send('AddUserToGroup', { GroupName: 'cli-group', UserName: name })
  const made = await send('CreatePolicy', {
    PolicyName: 'cli-policy',
    PolicyDocument,
    Path: '/cli/',
  })
  const PolicyArn = made.Policy.Arn
  await send('CreatePolicyVersion', { PolicyArn, PolicyDocument })
  await send('AttachUserPolicy', { UserName, PolicyArn })
  await send('AttachGroupPolicy', { GroupName: 'cli-group', PolicyArn })
  await send('CreateRole', {
    RoleName: 'cli-role',
    Path: '/cli/',
    AssumeRolePolicyDocument: JSON.stringify(trust),
    Description: 'of the "tests"',
  })
  await send('CreateOpenIDConnectProvider', {
    Url: 'https://cli.example.com/realm',
    ClientIDList: ['one', 'two'],
    ThumbprintList: ['0'.repeat(40)],
  })
  client.destroy()
  return { policy: PolicyArn, key: AccessKey.AccessKeyId }
}

const known = await makeIdentities()
const fill = (line, values = known) =>
  words(line).map((arg) => arg.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole))

const formats = ['json', 'text', 'table', 'yaml', 'yaml-stream']

/** Answers that are worth seeing in every format. */
const formatted = [
  'iam get-user --user-name cli-ada',
  'iam list-users --path-prefix /cli/',
  'iam list-users --path-prefix /cli/ --max-items 2',
  'iam list-user-tags --user-name cli-ada',
  'iam list-access-keys --user-name cli-ada',
  'iam get-access-key-last-used --access-key-id {key}',
  'iam get-user-policy --user-name cli-ada --policy-name own',
  'iam list-user-policies --user-name cli-ada',
  'iam list-groups-for-user --user-name cli-ada',
  'iam get-group --group-name cli-group',
  'iam get-group --group-name cli-group --max-items 1',
  'iam get-policy --policy-arn {policy}',
  'iam get-policy-version --policy-arn {policy} --version-id v1',
  'iam list-policy-versions --policy-arn {policy}',
  'iam list-policies --scope Local --path-prefix /cli/',
  'iam list-attached-user-policies --user-name cli-ada',
  'iam list-entities-for-policy --policy-arn {policy}',
  'iam list-entities-for-policy --policy-arn {policy} --max-items 1',
  'iam get-role --role-name cli-role',
  'iam list-roles --path-prefix /cli/',
  `iam get-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::${account}:oidc-provider/cli.example.com/realm`,
  'iam list-mfa-devices --user-name cli-ada',
  `iam simulate-principal-policy --policy-source-arn arn:aws:iam::${account}:user/cli/cli-ada --action-names kms:Decrypt kms:Sign`,
  'sts get-caller-identity',
  'sts get-access-key-info --access-key-id {key}',
].flatMap((line) => formats.map((format) => `${line} --output ${format}`))

const plain = [
  'iam get-user --cli-input-json file://user.json',
  'iam get-user --user-name cli-ada --query User.Arn --output text',
  'iam list-users --path-prefix /cli/ --page-size 1 --query Users[].UserName',
  'iam list-users --path-prefix /cli/ --no-paginate --query IsTruncated',
  'iam list-users --path-prefix /cli/ --max-items 2 --page-size 1 --query NextToken',
  'iam list-users --path-prefix /cli/ --starting-token eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAzfQ==',
  'iam get-account-summary --query SummaryMap.UsersQuota',
  'iam list-account-aliases',
  `iam simulate-principal-policy --policy-source-arn arn:aws:iam::${account}:user/cli/cli-ada --action-names kms:Decrypt --resource-arns a b --context-entries ContextKeyName=aws:SourceIp,ContextKeyValues=10.0.0.1,ContextKeyType=ip`,
  'iam list-instance-profiles-for-role --role-name cli-role',
  // Refusals of the service.
  'iam get-user --user-name nobody-is-called-so',
  'iam get-role --role-name nobody-is-called-so',
  'iam get-login-profile --user-name cli-ada',
  'iam create-user --user-name CLI-ADA',
  'iam delete-user --user-name cli-ada',
  'iam delete-policy --policy-arn {policy}',
  'iam get-policy --policy-arn arn:aws:iam::000000000000:policy/none',
  'iam put-user-policy --user-name cli-ada --policy-name p --policy-document {}',
  'iam create-user --user-name a/b',
  'iam list-users --marker nonsense',
  'sts assume-role --role-arn arn:aws:iam::000000000000:role/cli/cli-role --role-session-name s1',
  'sts get-session-token --duration-seconds 9',
]

const runBoth = async (service, argsOfAws, argsOfKeyhold = argsOfAws) => {
  const [theirs, ours] = await Promise.all([
    aws(bench, argsOfAws, { service }),
    keyhold(bench, argsOfKeyhold, { service }),
  ])
  return { theirs, ours }
}

describe('keyhold iam and sts answer as aws iam and sts do', { concurrency: 2 }, () => {
  for (const line of [...formatted, ...plain])
    test(line, async () => {
      const [service, ...args] = fill(line)
      const { theirs, ours } = await runBoth(service, args)
      assert.deepEqual(ours, theirs)
    })
})

/** Wrong command lines. */
const mistakes = [
  'iam create-user',
  'iam create-user --user-name',
  'iam create-user --user-name a --nope b',
  'iam get-group',
  'sts assume-role --role-arn a',
  'iam list-users --max-items many',
  'iam create-role --role-name r --assume-role-policy-document file://none.json',
  'iam tag-user --user-name u --tags Key=a,Nope=b',
]

describe('keyhold iam refuses a wrong command line as aws iam does', { concurrency: 2 }, () => {
  const lastLine = (text) =>
    text
      .trimEnd()
      .split('\n')
      .at(-1)
      .replace(/^(aws|keyhold): error: /, 'error: ')
  for (const line of mistakes)
    test(line, async () => {
      const [service, ...args] = words(line)
      const { theirs, ours } = await runBoth(service, args)
      assert.equal(ours.stdout, theirs.stdout)
      assert.equal(lastLine(ours.stderr), lastLine(theirs.stderr))
      assert.equal(ours.code, theirs.code)
    })
})

const arn = `arn:aws:iam::${account}`
/** Each program on identities of its own; `keep` holds on to what is printed. */
const scenario = [
  { line: 'iam create-user --user-name {who} --path /sc/ --tags Key=a,Value=b Key=c,Value=' },
  { line: 'iam create-user --user-name {who}', fails: true },
  { line: 'iam tag-user --user-name {who} --tags file://tags.json' },
  { line: 'iam untag-user --user-name {who} --tag-keys a c' },
  { line: 'iam list-user-tags --user-name {who}' },
  { line: 'iam update-user --user-name {who} --new-path /' },
  {
    line: 'iam create-access-key --user-name {who} --query AccessKey.AccessKeyId --output text',
    keep: 'key',
  },
  { line: 'iam create-access-key --user-name {who}' },
  { line: 'iam create-access-key --user-name {who}', fails: true },
  { line: 'iam update-access-key --user-name {who} --access-key-id {key} --status Inactive' },
  { line: 'iam list-access-keys --user-name {who} --query sort(AccessKeyMetadata[].Status)' },
  {
    line: 'iam put-user-policy --user-name {who} --policy-name p --policy-document file://policy.json',
  },
  { line: 'iam get-user-policy --user-name {who} --policy-name p' },
  {
    line: 'iam create-policy --policy-name {who} --policy-document file://policy.json --description d',
  },
  {
    line: `iam create-policy-version --policy-arn ${arn}:policy/{who} --policy-document file://policy.json --set-as-default`,
  },
  {
    line: `iam create-policy-version --policy-arn ${arn}:policy/{who} --policy-document file://policy.json --no-set-as-default`,
  },
  {
    line: `iam list-policy-versions --policy-arn ${arn}:policy/{who} --query Versions[].[VersionId,IsDefaultVersion]`,
  },
  { line: `iam attach-user-policy --user-name {who} --policy-arn ${arn}:policy/{who}` },
  { line: 'iam create-group --group-name {who}' },
  { line: 'iam add-user-to-group --group-name {who} --user-name {who}' },
  {
    line: 'iam create-role --role-name {who} --assume-role-policy-document file://trust.json --max-session-duration 7200',
  },
  { line: 'iam update-role --role-name {who} --max-session-duration 3600' },
  { line: 'iam update-role-description --role-name {who} --description new' },
  { line: 'iam update-assume-role-policy --role-name {who} --policy-document file://trust.json' },
  {
    line: `iam create-open-id-connect-provider --url https://{who}.example.com --client-id-list one two --thumbprint-list ${'a'.repeat(40)}`,
  },
  { line: 'iam delete-role --role-name {who}' },
  { line: 'iam delete-group --group-name {who}', fails: true },
  { line: 'iam remove-user-from-group --group-name {who} --user-name {who}' },
  { line: 'iam delete-group --group-name {who}' },
  { line: 'iam delete-user --user-name {who}', fails: true },
]

describe('keyhold iam changes things as aws iam does', () => {
  const values = { theirs: { who: 'theirs' }, ours: { who: 'ours' } }
  // Ids, secrets and names differ; their lengths and alphabets do not.
  const normal = (text) =>
    normalise(text)
      .replaceAll(
        /\b(AIDA|AROA|AGPA|ANPA|AKIA)([A-Z2-7]{16,17})\b/g,
        (_, kind, id) => `<${kind} ${id.length}>`,
      )
      .replaceAll(/(?<="SecretAccessKey": ")[A-Za-z0-9+/]{40}(?=")/g, '<secret>')
      .replaceAll(/theirs|ours/g, '<who>')
  for (const { line, keep, fails = false } of scenario)
    test(line, async () => {
      const [service, ...theirArgs] = fill(line, values.theirs)
      const [, ...ourArgs] = fill(line, values.ours)
      const { theirs, ours } = await runBoth(service, theirArgs, ourArgs)
      const shown = ({ stdout, stderr, code }) => ({
        code,
        stdout: normal(stdout).replaceAll(/<40 characters>/g, '<secret>'),
        stderr: normal(stderr),
      })
      assert.deepEqual(shown(ours), shown(theirs))
      assert.equal(theirs.code !== 0, fails, theirs.stderr)
      if (keep !== undefined) {
        values.theirs[keep] = theirs.stdout.trim()
        values.ours[keep] = ours.stdout.trim()
      }
    })
})
