import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { createKey } from '../server/expect.ts'
import { account, startTestService } from '../server/harness.ts'
import { allow, newUser } from '../server/identity/query.ts'
import { exitCode, keyhold, type Ran } from './fake-service.ts'

const service = await startTestService()
const home = mkdtempSync(join(tmpdir(), 'keyhold-cli-'))
after(async () => {
  await service[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

const run = (line: string): Promise<Ran> =>
  keyhold(line.split(' '), {
    env: {
      HOME: home,
      AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: service.endpoint,
    },
    cwd: home,
    nowMs: () => service.clock.nowMs(),
  })

const key = await createKey(service)
const Condition = { StringEquals: { 'kms:EncryptionContext:team': 'red' } }
await newUser(service, 'ann', allow('kms:Decrypt', key.Arn, { Condition }))
const question =
  `access explain --principal arn:aws:iam::${account}:user/ann --action kms:Decrypt ` +
  `--key-id ${key.Arn}`

test('keyhold access explain tells what decides, in words and statement by statement', async () => {
  const allowed = await run(`${question} --encryption-context team=red`)
  assert.deepEqual([allowed.code, allowed.stderr], [exitCode.done, ''])
  const answer = JSON.parse(allowed.stdout) as { Allowed: boolean; Statements: unknown[] }
  assert.equal(answer.Allowed, true)
  assert.equal(answer.Statements.length, 2)
  const denied = await run(`${question} --query Explanation --output text`)
  assert.match(denied.stdout, /^Denied: no identity policy allows it/)
})

test('keyhold access explain takes the values of other condition keys', async () => {
  const ran = await run(
    `${question} --condition-values kms:EncryptionContext:team=red --query Allowed`,
  )
  assert.deepEqual(ran, { code: exitCode.done, stdout: 'true\n', stderr: '' })
})

test('keyhold access offers nothing but explain, and keyhold account not that', async () => {
  const help = await run('access help')
  assert.match(help.stdout, /explain/)
  for (const line of ['access list', 'account explain-access', 'account explain'])
    assert.equal((await run(line)).code, exitCode.usage, line)
})
