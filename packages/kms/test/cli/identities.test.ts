import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { iamService } from '../../src/cli/services/iam.ts'
import { stsService } from '../../src/cli/services/sts.ts'
import { accountService } from '../../src/cli/services/account.ts'
import { findCommand, commandNames } from '../../src/cli/flags.ts'
import { allow, trust } from '../server/identity/query.ts'
import { account, startTestService } from '../server/harness.ts'
import { exitCode, keyhold, type Ran } from './fake-service.ts'

const service = await startTestService()
const home = mkdtempSync(join(tmpdir(), 'keyhold-cli-'))
after(async () => {
  await service[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

const envOf = (keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({
  HOME: home,
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: service.endpoint,
})
const root = envOf(service.credentials)

const run = (args: readonly string[], env = root): Promise<Ran> =>
  keyhold(args, { env, cwd: home, nowMs: () => service.clock.nowMs() })

/** What the command prints, in JSON. */
const printed = async (args: readonly string[], env = root): Promise<Record<string, unknown>> => {
  const ran = await run(args, env)
  assert.deepEqual([ran.code, ran.stderr], [exitCode.done, ''], args.join(' '))
  return ran.stdout === '' ? {} : (JSON.parse(ran.stdout) as Record<string, unknown>)
}

type AccessKey = { AccessKeyId: string; SecretAccessKey: string }

test('a user, its policy and its key are made, read and used', async () => {
  const made = await printed(
    'iam create-user --user-name ada --path /ops/ --tags Key=team,Value=one'.split(' '),
  )
  const user = made['User'] as Record<string, unknown>
  assert.equal(user['Arn'], `arn:aws:iam::${account}:user/ops/ada`)
  assert.match(String(user['CreateDate']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
  assert.deepEqual(user['Tags'], [{ Key: 'team', Value: 'one' }])

  const document = JSON.stringify(allow('iam:GetUser'))
  writeFileSync(join(home, 'policy.json'), document)
  const put = 'iam put-user-policy --user-name ada --policy-name read --policy-document'
  assert.deepEqual(await printed([...put.split(' '), 'file://policy.json']), {})
  // The document is printed decoded, as AWS's command line does it.
  assert.deepEqual(
    await printed('iam get-user-policy --user-name ada --policy-name read'.split(' ')),
    { UserName: 'ada', PolicyName: 'read', PolicyDocument: JSON.parse(document) as unknown },
  )

  const { AccessKey } = await printed('iam create-access-key --user-name ada'.split(' '))
  const key = AccessKey as AccessKey
  const ada = envOf({ accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey })
  assert.deepEqual(await printed(['sts', 'get-caller-identity'], ada), {
    UserId: user['UserId'],
    Account: account,
    Arn: user['Arn'],
  })
  assert.equal(
    ((await printed(['iam', 'get-user'], ada))['User'] as typeof user)['UserName'],
    'ada',
  )
})

test('a refusal is told in the words of AWS, with the code of the query protocol', async () => {
  const ran = await run('iam get-user --user-name nobody'.split(' '))
  assert.deepEqual(ran, {
    code: exitCode.service,
    stdout: '',
    stderr:
      '\nAn error occurred (NoSuchEntity) when calling the GetUser operation: ' +
      'The user with name nobody cannot be found.\n',
  })
})

test('lists are walked page by page, and what is said besides them is printed too', async () => {
  const names = ['g1', 'g2', 'g3']
  await printed('iam create-group --group-name staff'.split(' '))
  for (const name of names) {
    await printed(`iam create-user --user-name ${name}`.split(' '))
    await printed(`iam add-user-to-group --group-name staff --user-name ${name}`.split(' '))
  }
  const get = 'iam get-group --group-name staff --page-size 2'.split(' ')
  const whole = await printed(get)
  assert.deepEqual(Object.keys(whole), ['Users', 'Group'])
  const usersOf = (answer: Record<string, unknown>) =>
    (answer['Users'] as { UserName: string }[]).map((user) => user.UserName)
  assert.deepEqual(usersOf(whole), names)
  const first = await printed([...get, '--max-items', '1'])
  assert.deepEqual(usersOf(first), ['g1'])
  const rest = await printed([...get, '--starting-token', String(first['NextToken'])])
  assert.deepEqual(usersOf(rest), ['g2', 'g3'])
  const one = await printed('iam list-users --no-paginate'.split(' '))
  assert.equal(one['IsTruncated'], false)
  const text = await run([...get, '--output', 'text', '--query', 'Group.GroupName'])
  assert.equal(text.stdout, 'staff\nNone\n')
})

test('the first list is the one that is counted; the others come with its first part', async () => {
  const document = JSON.stringify(allow('kms:*'))
  const { Policy } = await printed([
    ...'iam create-policy --policy-name all --policy-document'.split(' '),
    document,
  ])
  const { Arn } = Policy as { Arn: string }
  for (const group of ['p1', 'p2']) {
    await printed(`iam create-group --group-name ${group}`.split(' '))
    await printed(`iam attach-group-policy --group-name ${group} --policy-arn ${Arn}`.split(' '))
  }
  await printed(`iam attach-user-policy --user-name ada --policy-arn ${Arn}`.split(' '))
  const list = `iam list-entities-for-policy --policy-arn ${Arn}`.split(' ')
  const lengths = (answer: Record<string, unknown>) =>
    ['PolicyGroups', 'PolicyUsers', 'PolicyRoles'].map((key) => (answer[key] as []).length)
  assert.deepEqual(lengths(await printed(list)), [2, 1, 0])
  const first = await printed([...list, '--max-items', '1'])
  assert.deepEqual(lengths(first), [1, 1, 0])
  const rest = await printed([...list, '--starting-token', String(first['NextToken'])])
  assert.deepEqual(lengths(rest), [1, 0, 0])
})

test('a role is assumed, and its session calls', async () => {
  const { AccessKey } = await printed('iam create-access-key --user-name ada'.split(' '))
  const key = AccessKey as AccessKey
  const ada = envOf({ accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey })
  const { Role } = await printed([
    ...'iam create-role --role-name deploy --assume-role-policy-document'.split(' '),
    trust({ AWS: `arn:aws:iam::${account}:user/ops/ada` }),
  ])
  const role = Role as { Arn: string; AssumeRolePolicyDocument: object }
  assert.equal(typeof role.AssumeRolePolicyDocument, 'object')
  const assume = ['sts', 'assume-role', '--role-arn', role.Arn, '--role-session-name', 's1']
  const { Credentials } = await printed(assume, ada)
  const session = Credentials as AccessKey & { SessionToken: string }
  const env = envOf({
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
  })
  const who = await printed(['sts', 'get-caller-identity'], env)
  assert.equal(who['Arn'], `arn:aws:sts::${account}:assumed-role/deploy/s1`)
})

test('what needs no signature asks for no credentials', async () => {
  const env = { HOME: home, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_STS: service.endpoint }
  const args = 'sts assume-role-with-web-identity --role-session-name s1'.split(' ')
  const arn = `arn:aws:iam::${account}:role/deploy`
  const ran = await keyhold([...args, '--role-arn', arn, '--web-identity-token', 'a.b.c'], { env })
  assert.equal(ran.code, exitCode.service)
  assert.match(ran.stderr, /\(InvalidIdentityToken\) when calling the AssumeRoleWithWebIdentity/)
  assert.match((await keyhold(['sts', 'get-caller-identity'], { env })).stderr, /credentials/)
})

test('accounts are made, listed, disabled and enabled', async () => {
  const made = await printed('account create --name two'.split(' '))
  const { AccountId } = made['Account'] as { AccountId: string }
  const secret = made['RootCredential'] as AccessKey
  const theirs = envOf({
    accessKeyId: secret.AccessKeyId,
    secretAccessKey: secret.SecretAccessKey,
  })
  const who = await printed(['sts', 'get-caller-identity'], theirs)
  assert.equal(who['Arn'], `arn:aws:iam::${AccountId}:root`)
  await printed(['account', 'disable', '--account-id', AccountId])
  const refused = await run(['sts', 'get-caller-identity'], theirs)
  assert.match(refused.stderr, /\(InvalidClientTokenId\)/)
  await printed(['account', 'enable', '--account-id', AccountId])
  await printed(['sts', 'get-caller-identity'], theirs)
  const { Accounts } = await printed(['account', 'list'])
  assert.deepEqual(
    (Accounts as { AccountId: string }[]).map((each) => each.AccountId).sort(),
    [account, AccountId].sort(),
  )
})

test('each service teaches its operations and their flags', async () => {
  for (const each of [iamService, stsService, accountService]) {
    const { stdout, code } = await keyhold([each.name, 'help'])
    assert.equal(code, 0)
    for (const name of commandNames(each)) {
      assert.match(stdout, new RegExp(`^ {2}${name}( |$)`, 'm'))
      const help = await keyhold([each.name, name, 'help'])
      assert.equal(help.code, 0)
      for (const line of help.stdout.split('\n')) assert.ok(line.length <= 100, line)
      const flat = help.stdout.replace(/\s+/g, ' ')
      assert.ok(flat.startsWith(`keyhold ${each.name} ${name} - `))
      for (const flag of findCommand(each, name)?.flags ?? [])
        assert.ok(flat.includes(`${flag.name} `) && flat.includes(flag.doc), `${name} ${flag.name}`)
    }
  }
})
