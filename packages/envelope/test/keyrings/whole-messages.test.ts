import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { decrypt } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { memoryBranchKeyStore } from '../../src/keyrings/branch-keys/memory.ts'
import { kmsEcdhKeyring } from '../../src/keyrings/ecdh/kms.ts'
import { rawEcdhKeyring } from '../../src/keyrings/ecdh/raw.ts'
import { hierarchicalKeyring } from '../../src/keyrings/hierarchical.ts'
import { kmsKeyring } from '../../src/keyrings/kms.ts'
import { kmsDiscoveryKeyring } from '../../src/keyrings/kms-discovery.ts'
import { kmsMultiRegionKeyring } from '../../src/keyrings/kms-multi-region.ts'
import { kmsRsaKeyring } from '../../src/keyrings/kms-rsa.ts'
import { multiKeyring } from '../../src/keyrings/multi.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import { rawRsaKeyring } from '../../src/keyrings/raw-rsa.ts'
import type { Keyring } from '../../src/materials/types.ts'
import { failsWith, plaintextOf, reading, suiteNames, writing } from '../messages.ts'
import { StandInKms } from './stand-in-kms.ts'

const client = new StandInKms()
const kmsKey = client.createKey()
const multiRegionKey = client.createKey('mrk-0123456789abcdef0123456789abcdef')
const kmsRsaKey = client.createRsaKey()
const kmsEcKey = client.createEcKey('P-384')
const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ecPair = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const keyStore = memoryBranchKeyStore()
const branchKeyId = await keyStore.createBranchKey()

const names = { namespace: 'n', name: 'k' }
const aes = rawAesKeyring({ ...names, key: randomBytes(16) })
const rsa = rawRsaKeyring({ ...names, padding: 'PKCS1', ...rsaPair })
const kms = kmsKeyring({ client, generator: kmsKey })
const toEc = { curve: 'P-521', recipientPublicKey: ecPair.publicKey } as const
const fromEc = { curve: 'P-521', recipientPrivateKey: ecPair.privateKey } as const

const rsaNeedsNoSignature = 'kms rsa'
const keyrings: Readonly<Record<string, readonly [writer: Keyring, reader: Keyring]>> = {
  'raw aes': [aes, aes],
  'raw rsa': [rsa, rsa],
  multi: [multiKeyring({ generator: aes, children: [rsa, kms] }), kms],
  kms: [kms, kms],
  'kms discovery': [kms, kmsDiscoveryKeyring({ client })],
  'kms multi-Region': twice(kmsMultiRegionKeyring({ client, generator: multiRegionKey })),
  [rsaNeedsNoSignature]: twice(
    kmsRsaKeyring({
      client,
      keyArn: kmsRsaKey.arn,
      publicKey: kmsRsaKey.publicKey,
      padding: 'OAEP_SHA256',
    }),
  ),
  'raw ecdh': [
    rawEcdhKeyring({ ...toEc, schema: 'ephemeral' }),
    rawEcdhKeyring({ ...fromEc, schema: 'discovery' }),
  ],
  'kms ecdh': twice(
    kmsEcdhKeyring({
      client,
      curve: 'P-384',
      keyArn: kmsEcKey.arn,
      peerPublicKey: client.createEcKey('P-384').publicKey,
    }),
  ),
  hierarchical: twice(hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds: 60 })),
}

describe('a whole message', () => {
  for (const [name, [writer, reader]] of Object.entries(keyrings))
    test(`goes through the ${name} keyring with every suite that it allows`, async () => {
      const data = plaintextOf(100)
      for (const suite of suiteNames) {
        const written = encrypt(
          data,
          writing(suite, { keyring: writer, context: { purpose: 'x' } }),
        )
        if (name === rsaNeedsNoSignature && suite.includes('ECDSA')) {
          await assert.rejects(written, failsWith('PolicyViolation'))
          continue
        }
        const { message } = await written
        const { plaintext } = await decrypt(message, { ...reading, keyring: reader })
        assert.deepEqual(plaintext, data)
        const stranger = rawAesKeyring({ ...names, key: randomBytes(16) })
        const refused = decrypt(message, { ...reading, keyring: stranger })
        await assert.rejects(refused, failsWith('NoDataKey'))
      }
    })
})

function twice(keyring: Keyring): readonly [Keyring, Keyring] {
  return [keyring, keyring]
}
