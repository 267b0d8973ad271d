import { after, describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from '../expect.ts'
import { account, region, startTestService } from '../harness.ts'
import { allow, callIam, done, newUser } from '../identity/query.ts'
import { callsAs, iamArn, notAllowed } from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { KeyId, Arn } = await createKey(service)

describe('operations without a key', () => {
  it('are for whom an identity policy lets', async () => {
    const nobody = callsAs(service, await newUser(service, 'nobody'))
    const inputs = {
      CreateKey: {},
      ListKeys: {},
      ListAliases: {},
      GenerateRandom: { NumberOfBytes: 1 },
      ListRetirableGrants: { RetiringPrincipal: iamArn('user/nobody') },
    }
    for (const [operation, input] of Object.entries(inputs)) {
      refused(
        await nobody(operation, input),
        'AccessDeniedException',
        notAllowed(iamArn('user/nobody'), `kms:${operation}`, 'resource: *'),
      )
      const may = await newUser(service, `may-${operation}`, allow(`kms:${operation}`))
      succeeded(await callsAs(service, may)(operation, input))
    }
  })

  it('need another permission for the tags of a new key', async () => {
    const Tags = [{ TagKey: 'team', TagValue: 'red' }]
    const creator = callsAs(service, await newUser(service, 'creator', allow('kms:CreateKey')))
    succeeded(await creator('CreateKey', { Tags: [] }))
    const anyKey = `arn:aws:kms:${region}:${account}:key/*`
    refused(
      await creator('CreateKey', { Tags }),
      'AccessDeniedException',
      notAllowed(iamArn('user/creator'), 'kms:TagResource', `resource: ${anyKey}`),
    )
    const tagging = allow(['kms:CreateKey', 'kms:TagResource'])
    const tagger = callsAs(service, await newUser(service, 'tagger', tagging))
    succeeded(await tagger('CreateKey', { Tags }))
  })
})

describe('operations on an alias', () => {
  it('need permission for the alias and for each key', async () => {
    const other = await createKey(service)
    const aliasArn = `arn:aws:kms:${region}:${account}:alias/both`
    const user = iamArn('user/aliaser')
    const aliaser = callsAs(service, await newUser(service, 'aliaser'))
    const may = async (...resources: readonly string[]): Promise<void> => {
      const document = allow(['kms:*Alias'], '*')
      const [statement] = document.Statement
      const PolicyDocument = JSON.stringify({
        ...document,
        Statement: [{ ...statement, Resource: resources }],
      })
      const input = { UserName: 'aliaser', PolicyName: 'own', PolicyDocument }
      done(await callIam(service, 'PutUserPolicy', input))
    }
    const create = { AliasName: 'alias/both', TargetKeyId: KeyId }
    const update = { AliasName: 'alias/both', TargetKeyId: other.KeyId }
    const denied = (action: string, arn: string) => notAllowed(user, action, `resource: ${arn}`)
    const code = 'AccessDeniedException'
    await may(Arn)
    refused(await aliaser('CreateAlias', create), code, denied('kms:CreateAlias', aliasArn))
    await may(aliasArn)
    refused(await aliaser('CreateAlias', create), code, denied('kms:CreateAlias', Arn))
    await may(aliasArn, Arn)
    succeededEmpty(await aliaser('CreateAlias', create))
    refused(await aliaser('UpdateAlias', update), code, denied('kms:UpdateAlias', other.Arn))
    await may(aliasArn, other.Arn)
    refused(await aliaser('UpdateAlias', update), code, denied('kms:UpdateAlias', Arn))
    await may(aliasArn, Arn, other.Arn)
    succeededEmpty(await aliaser('UpdateAlias', update))
    await may(aliasArn, Arn)
    const away = { AliasName: 'alias/both' }
    refused(await aliaser('DeleteAlias', away), code, denied('kms:DeleteAlias', other.Arn))
    await may(other.Arn)
    refused(await aliaser('DeleteAlias', away), code, denied('kms:DeleteAlias', aliasArn))
    // Whether there is such an alias is told to nobody who may not delete it.
    const none = { AliasName: 'alias/none' }
    refused(
      await aliaser('DeleteAlias', none),
      code,
      denied('kms:DeleteAlias', `arn:aws:kms:${region}:${account}:alias/none`),
    )
  })
})

describe('ReEncrypt', () => {
  it('needs kms:ReEncryptFrom on one key, and kms:ReEncryptTo on the other', async () => {
    const to = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId })
    const input = { CiphertextBlob, DestinationKeyId: to.KeyId }
    const statement = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
    const both = [statement('kms:ReEncryptFrom', Arn), statement('kms:ReEncryptTo', to.Arn)]
    const user = async (name: string, Statement: readonly object[]) =>
      callsAs(service, await newUser(service, name, { Version: '2012-10-17', Statement }))
    succeeded(await (await user('mover', both))('ReEncrypt', input))
    refused(
      await (
        await user('only-from', both.slice(0, 1))
      )('ReEncrypt', input),
      'AccessDeniedException',
      notAllowed(iamArn('user/only-from'), 'kms:ReEncryptTo', `resource: ${to.Arn}`),
    )
    refused(
      await (
        await user('only-to', both.slice(1))
      )('ReEncrypt', { ...input, SourceKeyId: KeyId }),
      'AccessDeniedException',
      notAllowed(iamArn('user/only-to'), 'kms:ReEncryptFrom', `resource: ${Arn}`),
    )
  })
})
