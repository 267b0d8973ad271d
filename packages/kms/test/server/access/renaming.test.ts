import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { allow, callIam, callSts, done, newUser, refusedBy } from '../identity/query.ts'
import { callsAs, iamArn, keyPolicy } from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const iam = (action: string, params: object) => callIam(service, action, { ...params })

const moves = [
  { what: 'another name', change: { NewUserName: 'other' }, resource: 'user/other' },
  { what: 'another path', change: { NewPath: '/a/*/' }, resource: 'user/a/*/path' },
] as const

for (const { what, change, resource } of moves)
  describe(`a user that is given ${what}`, () => {
    const UserName = what.slice('another '.length)
    const arn = iamArn(`user/${UserName}`)
    const Deny = { Effect: 'Deny', Principal: { AWS: arn } }
    const userToMove = async (policy?: object) => {
      const credentials = await newUser(service, UserName, policy)
      return {
        credentials,
        user: callsAs(service, credentials),
        move: async () => done(await iam('UpdateUser', { UserName, ...change })),
        remove: async () => {
          const gone = { UserName: resource.slice(resource.lastIndexOf('/') + 1) }
          if (policy !== undefined)
            done(await iam('DeleteUserPolicy', { ...gone, PolicyName: 'own' }))
          const key = { ...gone, AccessKeyId: credentials.accessKeyId }
          done(await iam('DeleteAccessKey', key))
          done(await iam('DeleteUser', gone))
        },
      }
    }

    it('escapes no Deny of a key policy', async () => {
      const { user, move, remove } = await userToMove(allow('kms:*'))
      const key = await createKey(service, {
        Policy: keyPolicy({ ...Deny, Action: 'kms:Encrypt' }),
      })
      await move()
      refused(
        await user('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' }),
        'AccessDeniedException',
        /explicit deny in a resource-based policy/,
      )
      succeeded(await user('DescribeKey', { KeyId: key.KeyId }))
      await remove()
    })

    it('escapes no Deny of a trust policy', async () => {
      const { credentials, move, remove } = await userToMove(allow('sts:AssumeRole'))
      const Statement = [
        { ...Deny, Action: 'sts:AssumeRole' },
        { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
      ]
      const RoleName = `of-${UserName}`
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      done(await iam('CreateRole', { RoleName, AssumeRolePolicyDocument }))
      await move()
      const input = { RoleArn: iamArn(`role/${RoleName}`), RoleSessionName: 'test' }
      const reply = await callSts(service, 'AssumeRole', input, { credentials })
      refusedBy(reply, 'AccessDeniedException')
      await remove()
    })

    it('keeps its grants, and may retire them', async () => {
      const { user, move, remove } = await userToMove()
      const { KeyId, Arn } = await createKey(service)
      const parties = { GranteePrincipal: arn, RetiringPrincipal: arn }
      const { GrantId } = succeeded(
        await call('CreateGrant', { KeyId, ...parties, Operations: ['Decrypt'] }),
      )
      await move()
      const CiphertextBlob = await encrypt(service, { KeyId })
      succeeded(await user('Decrypt', { CiphertextBlob }))
      if (!resource.includes('*')) {
        const input = { RetiringPrincipal: iamArn(resource) }
        const { Grants } = succeeded(await call('ListRetirableGrants', input))
        assert.equal((Grants as readonly unknown[]).length, 1)
      }
      succeededEmpty(await user('RetireGrant', { KeyId: Arn, GrantId }))
      await remove()
    })
  })
