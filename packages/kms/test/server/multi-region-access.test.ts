import { describe, it } from 'node:test'
import { callsAs, iamArn, notAllowed } from './access/scene.ts'
import { arnOf, refused, succeeded } from './expect.ts'
import { region } from './harness.ts'
import { callIam, done, newUser } from './identity/query.ts'
import { further, openMultiRegionScene, there } from './multi-region-scene.ts'

const { service, newPrimary, newKeyIn } = await openMultiRegionScene()

describe('who may replicate a key', () => {
  const statement = (Action: string, Resource = '*', Condition = {}) => ({
    Effect: 'Allow',
    Action,
    Resource,
    Condition,
  })

  it('may replicate it here, and make keys there', async () => {
    const dan = callsAs(service, await newUser(service, 'dan'))
    const setPolicy = async (...Statement: object[]): Promise<void> => {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      const input = { UserName: 'dan', PolicyName: 'own', PolicyDocument }
      done(await callIam(service, 'PutUserPolicy', input))
    }
    const denied = (action: string, resource: string): string =>
      notAllowed(iamArn('user/dan'), action, `resource: ${resource}`)
    const { KeyId, Arn } = await newPrimary()
    const input = { KeyId, ReplicaRegion: there, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    const asked = () => dan('ReplicateKey', input)
    refused(await asked(), 'AccessDeniedException', denied('kms:ReplicateKey', Arn))
    const replicating = statement('kms:ReplicateKey', Arn, {
      StringEquals: { 'kms:ReplicaRegion': there, 'kms:MultiRegionKeyType': 'PRIMARY' },
      Bool: { 'kms:MultiRegion': 'true' },
    })
    // That one may make keys here is not enough.
    const here = statement('kms:CreateKey', '*', {
      StringEquals: { 'aws:RequestedRegion': region },
    })
    await setPolicy(replicating, here)
    refused(await asked(), 'AccessDeniedException', denied('kms:CreateKey', '*'))
    const making = statement('kms:CreateKey', '*', {
      StringEquals: {
        'aws:RequestedRegion': there,
        'kms:MultiRegionKeyType': 'REPLICA',
        'kms:KeySpec': 'SYMMETRIC_DEFAULT',
        'kms:KeyUsage': 'ENCRYPT_DECRYPT',
        'kms:KeyOrigin': 'AWS_KMS',
        'aws:RequestTag/a': 'b',
      },
      Bool: { 'kms:MultiRegion': 'true' },
    })
    await setPolicy(replicating, making)
    const tagging = denied('kms:TagResource', arnOf('key/*', there))
    refused(await asked(), 'AccessDeniedException', tagging)
    await setPolicy(replicating, making, statement('kms:TagResource', arnOf('key/*', there)))
    succeeded(await asked())
    const elsewhere = await dan('ReplicateKey', { ...input, ReplicaRegion: further })
    refused(elsewhere, 'AccessDeniedException', denied('kms:ReplicateKey', Arn))
  })

  it('makes another Region the primary with the leave of both keys', async () => {
    const eve = callsAs(service, await newUser(service, 'eve'))
    const { KeyId, Arn } = await newKeyIn()
    const replicaArn = arnOf(`key/${KeyId}`, there)
    const asked = () => eve('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there })
    const action = 'kms:UpdatePrimaryRegion'
    for (const [allowed, missing] of [
      [Arn, replicaArn],
      [replicaArn, Arn],
    ] as const) {
      const Condition = { StringEquals: { 'kms:PrimaryRegion': there } }
      const Statement = [statement(action, allowed, Condition)]
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      const input = { UserName: 'eve', PolicyName: 'own', PolicyDocument }
      done(await callIam(service, 'PutUserPolicy', input))
      const text = notAllowed(iamArn('user/eve'), action, `resource: ${missing}`)
      refused(await asked(), 'AccessDeniedException', text)
    }
  })
})
