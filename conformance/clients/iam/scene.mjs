/** A service of its own, an OpenID Connect provider that it trusts, and clients for both. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { after } from 'node:test'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { STSClient } from '@aws-sdk/client-sts'
import { selfSignedTls } from '../../../packages/kms/src/server/tls.ts'
import { startService } from '../../service.ts'
import { setting } from '../setting.mjs'

export const region = 'eu-west-1'

const scratch = await mkdtemp(join(process.env['TMPDIR'], 'iam-'))
after(() => rm(scratch, { recursive: true, force: true }))

const system = {
  clock: { nowMs: () => Date.now() },
  random: { bytes: (length) => randomBytes(length) },
}
const tls = await selfSignedTls(join(scratch, 'idp'), 'localhost', system.clock, system.random)

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyId = 'of-2026'

const idp = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
  const documents = {
    '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
    '/boto3/.well-known/openid-configuration': {
      issuer: `${issuer}/boto3`,
      jwks_uri: `${issuer}/keys`,
    },
    '/keys': { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig' }] },
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(documents[request.url] ?? {}))
})
idp.listen(0, '127.0.0.1')
await once(idp, 'listening')
after(() => {
  idp.close()
  idp.closeAllConnections()
})

/** The provider's issuer, as IAM is told of it and as its tokens say. */
export const issuer = `https://localhost:${idp.address().port}`

/** A token of the provider, as a CI system or a cluster gives it to a job. */
export const webToken = (sub, aud, iss = issuer) => {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    iss,
    sub,
    aud,
    iat: nowSeconds,
    exp: nowSeconds + 600,
  }
  const signed = `${part({ alg: 'RS256', kid: keyId })}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
}

const dataDir = join(scratch, 'data')
await mkdir(dataDir)
export const service = await startService(setting.keyhold, dataDir, {
  ...process.env,
  NODE_EXTRA_CA_CERTS: tls.caFile,
})
after(() => service.stop())

export const rootKeys = {
  accessKeyId: service.accessKeyId,
  secretAccessKey: service.secretAccessKey,
}

const clients = []
after(() => {
  for (const client of clients) client.destroy()
})

const clientOf = (Client) => (credentials) => {
  const client = new Client({ endpoint: service.endpoint, region, credentials, maxAttempts: 1 })
  clients.push(client)
  return client
}

export const iamOf = clientOf(IAMClient)
export const kmsOf = clientOf(KMSClient)
export const stsOf = clientOf(STSClient)

export const root = iamOf(rootKeys)
