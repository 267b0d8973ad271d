import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { editDatabase } from '../database.ts'
import { refused, succeeded } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { allow, at, callIam, done, newUser, type Params } from '../identity/query.ts'
import { internal } from '../tampering-scene.ts'
import { callsAs } from './scene.ts'

const UserName = 'ann'
const PolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'kms:ListKeys', Resource: '*' }],
})
type Iam = (action: string, input: Params) => Promise<ReturnType<typeof done>>

/** Ways in which a Deny comes to a user; each gives the row that would take it away. */
const denials: Readonly<Record<string, (iam: Iam) => Promise<string>>> = {
  'a policy of its own': async (iam) => {
    await iam('PutUserPolicy', { UserName, PolicyName: 'deny', PolicyDocument })
    return "tbl = 'inline_policy' and id like '%/deny'"
  },
  'a policy that is attached': async (iam) => {
    const made = await iam('CreatePolicy', { PolicyName: 'deny', PolicyDocument })
    await iam('AttachUserPolicy', { UserName, PolicyArn: at(made, 'Policy', 'Arn') })
    return "tbl = 'policy_attachment'"
  },
  'a group': async (iam) => {
    await iam('CreateGroup', { GroupName: 'g' })
    await iam('PutGroupPolicy', { GroupName: 'g', PolicyName: 'deny', PolicyDocument })
    await iam('AddUserToGroup', { GroupName: 'g', UserName })
    return "tbl = 'group_member'"
  },
}

describe('a Deny that is deleted from the database', () => {
  for (const [what, give] of Object.entries(denials))
    it(`lets nobody do more, where it came by ${what}`, async () => {
      const service = await startTestService()
      await using _ = service
      const credentials = await newUser(service, UserName, allow('kms:ListKeys'))
      const listKeys = (of: typeof service) => callsAs(of, credentials)('ListKeys', {})
      succeeded(await listKeys(service))
      const where = await give(async (action, input) => done(await callIam(service, action, input)))
      refused(await listKeys(service), 'AccessDeniedException', /explicit deny/)
      await service.stop()
      assert.equal(editDatabase(service.directory.database, `delete from entity where ${where}`), 1)
      await using again = await service.restart()
      for (let n = 0; n < 2; n += 1)
        refused(await listKeys(again), 'KMSInternalException', internal)
      assert(again.log.lines.some(({ event }) => event === 'tampering found'))
    })
})
