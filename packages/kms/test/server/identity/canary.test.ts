import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { everyFile } from '../files.ts'
import { account, startTestService } from '../harness.ts'
import { FakeProvider, issuer } from './provider.ts'
import { allow, at, callIam, callSts, done, formOf, newUser, type Params, trust } from './query.ts'

const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`

describe('secrets of identities', () => {
  it('are in no file and no log line', async () => {
    const provider = new FakeProvider()
    await using service = await startTestService({ fetch: provider.fetch })
    const secrets: string[] = [service.credentials.secretAccessKey]
    const root = async (action: string, params: Params = {}) =>
      done(await callIam(service, action, params))

    const user = await newUser(service, 'ada', allow('sts:AssumeRole'))
    secrets.push(user.secretAccessKey)
    await root('CreateRole', {
      RoleName: 'r',
      AssumeRolePolicyDocument: trust(arnOf('user/ada')),
    })
    await root('CreateOpenIDConnectProvider', { Url: issuer, ClientIDList: ['app'] })
    await root('CreateRole', {
      RoleName: 'web',
      AssumeRolePolicyDocument: trust(
        { Federated: arnOf(`oidc-provider/${issuer.slice('https://'.length)}`) },
        { Action: 'sts:AssumeRoleWithWebIdentity' },
      ),
    })
    const assumeByToken = (WebIdentityToken: string) =>
      service.send(
        'POST',
        '/',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        formOf('sts', 'AssumeRoleWithWebIdentity', {
          RoleArn: arnOf('role/web'),
          RoleSessionName: 's1',
          WebIdentityToken,
        }),
      )
    const nowSeconds = service.clock.nowMs() / 1000
    const token = provider.token({ iss: issuer, sub: 's', aud: 'app', exp: nowSeconds + 60 })
    const opened = [
      await callSts(service, 'GetSessionToken', {}, { credentials: user }),
      await callSts(
        service,
        'AssumeRole',
        { RoleSessionName: 's1', RoleArn: arnOf('role/r') },
        { credentials: user },
      ),
      await assumeByToken(token),
    ].map((reply) => done(reply))
    for (const answer of opened) {
      const credentials = {
        accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
        secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
        sessionToken: at(answer, 'Credentials', 'SessionToken'),
      }
      secrets.push(credentials.secretAccessKey, credentials.sessionToken)
      done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
      // Refused, with the token in hand: neither the log nor the records may repeat it.
      await callIam(service, 'ListUsers', {}, { credentials })
      const wrong = {
        ...credentials,
        sessionToken: `${credentials.sessionToken.slice(0, -8)}AAAA====`,
      }
      assert.equal(
        (await callSts(service, 'GetCallerIdentity', {}, { credentials: wrong })).status,
        403,
      )
    }
    for (const wrong of [token.slice(0, -4), `${token}.x`])
      assert.equal((await assumeByToken(wrong)).status, 400)
    // Of a token, its signature is what makes it worth stealing.
    secrets.push(token.slice(token.lastIndexOf('.') + 1, -4))

    const requireNone = (where: string, bytes: Uint8Array): void => {
      for (const [index, secret] of secrets.entries())
        for (const spelling of [secret, Buffer.from(secret).toString('base64')])
          assert.equal(Buffer.from(bytes).includes(spelling), false, `secret ${index} in ${where}`)
    }
    requireNone('the log', Buffer.from(JSON.stringify(service.log.lines)))
    const requireFilesClean = (): void => {
      const files = everyFile(service.directory.path)
      assert(files.length > 3)
      for (const file of files) requireNone(file, readFileSync(file))
    }
    requireFilesClean()
    await service.stop()
    requireFilesClean()
  })
})
