/** Two services: one is AWS KMS to its callers, and the other keeps the keys of its key stores. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { startService } from '../../service.ts'
import { setting } from '../setting.mjs'

/** The Region of the keys that are kept; their users may be in another one. */
export const keeperRegion = 'eu-central-2'

/** What CreateCustomKeyStore takes of the keeper, but for a name and a credential. */
export const keeperProxy = {
  CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
  XksProxyConnectivity: 'PUBLIC_ENDPOINT',
  XksProxyUriEndpoint: 'https://localhost',
  XksProxyUriPath: `/${keeperRegion}/kms/xks/v1`,
}

const proxyUser = 'aws-kms'

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'], Resource: '*' },
  ],
})

/** Starts both, as `docs/xks-proxy.md` has it, with a user for the one at the other. */
export const startPair = async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'keyhold-pair-'))
  const start = (name, ...options) =>
    startService(setting.keyhold, join(scratch, name), process.env, options)
  const keeper = await start('keeper', '--tls-self-signed', '--xks-proxy', '0')
  const connectTo = `localhost=127.0.0.1:${keeper.xksProxyPort}`
  const service = await start('service', '--xks-ca', keeper.caFile, '--xks-connect-to', connectTo)
  const options = (of) => ({
    endpoint: of.endpoint,
    region: keeperRegion,
    credentials: of,
    maxAttempts: 1,
  })
  const requestHandler = { httpsAgent: new Agent({ ca: await readFile(keeper.caFile) }) }
  const keeperKms = new KMS({ ...options(keeper), requestHandler })
  const keeperIam = new IAM({ ...options(keeper), requestHandler })
  const serviceIam = new IAM(options(service))
  await keeperIam.createUser({ UserName: proxyUser })
  await keeperIam.putUserPolicy({
    UserName: proxyUser,
    PolicyName: 'xks',
    PolicyDocument: policy,
  })
  let isKept = true
  const stopKeeper = async () => {
    if (!isKept) return
    isKept = false
    await keeper.stop()
  }
  return {
    service,
    keeperKms,
    keeperIam,
    serviceIam,
    stopKeeper,
    /** A further access key of the service at its keeper, as key stores take it. */
    newCredential: async () => {
      const { AccessKey } = await keeperIam.createAccessKey({ UserName: proxyUser })
      return {
        AccessKeyId: AccessKey.AccessKeyId,
        RawSecretAccessKey: AccessKey.SecretAccessKey,
      }
    },
    removeCredential: ({ AccessKeyId }) =>
      keeperIam.deleteAccessKey({ UserName: proxyUser, AccessKeyId }),
    keeperDirectory: keeper.dataDir,
    stop: async () => {
      for (const client of [keeperKms, keeperIam, serviceIam]) client.destroy()
      await service.stop()
      await stopKeeper()
      await rm(scratch, { recursive: true })
    },
  }
}
