import assert from 'node:assert/strict'
import { createCipheriv, createHmac, diffieHellman, ECDH, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { type EcdhCurve, pointOf } from '../../src/keyrings/ecdh/curve.ts'
import { kmsEcdhDiscoveryKeyring, kmsEcdhKeyring } from '../../src/keyrings/ecdh/kms.ts'
import { rawEcdhKeyring } from '../../src/keyrings/ecdh/raw.ts'
import { encodeContext } from '../../src/format/context.ts'
import type { EncryptedDataKey } from '../../src/materials/types.ts'
import { StandInKms } from './stand-in-kms.ts'
import {
  agrees,
  oneSuitePerKeyLength,
  refuses,
  signed,
  someContext,
  tampered,
  unwrap,
  withCode,
  wrap,
} from './trying.ts'

const compressedBytes = { 'P-256': 33, 'P-384': 49, 'P-521': 67 } as const
const curves = Object.keys(compressedBytes) as EcdhCurve[]
const pairOn = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve })

const partiesOn = (curve: EcdhCurve) => {
  const [alice, bob] = [pairOn(curve), pairOn(curve)]
  const schemas = {
    alice: rawEcdhKeyring({
      curve,
      schema: 'static',
      privateKey: alice.privateKey,
      peerPublicKey: bob.publicKey,
    }),
    bob: rawEcdhKeyring({
      curve,
      schema: 'static',
      privateKey: bob.privateKey,
      peerPublicKey: alice.publicKey,
    }),
    toBob: rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: bob.publicKey }),
    bobFromAny: rawEcdhKeyring({
      curve,
      schema: 'discovery',
      recipientPrivateKey: bob.privateKey,
    }),
  }
  return { pairs: { alice, bob }, ...schemas }
}

describe('a raw ECDH keyring', () => {
  test('wraps on every curve, for either party, and for the one who discovers', async () => {
    for (const curve of curves) {
      const { alice, bob, toBob, bobFromAny } = partiesOn(curve)
      for (const suite of [...oneSuitePerKeyLength, signed]) {
        await agrees(alice, alice, { suite })
        await agrees(alice, bob, { suite })
        await agrees(alice, bobFromAny, { suite, context: new Map() })
        await agrees(toBob, bobFromAny, { suite })
      }
    }
  })

  test('writes both compressed points with their lengths, recipient first', async () => {
    for (const curve of curves) {
      const { alice, pairs } = partiesOn(curve)
      const [wrapped] = (await wrap(alice)).encryptedDataKeys
      const length = Buffer.from([0, 0, 0, compressedBytes[curve]])
      assert.equal(wrapped?.providerId, 'raw-ecdh')
      assert.deepEqual(
        Buffer.from(wrapped.providerInfo),
        Buffer.concat([
          Buffer.from([1]),
          length,
          pointOf(pairs.bob.publicKey),
          length,
          pointOf(pairs.alice.publicKey),
        ]),
      )
    }
  })

  test('reads what the specification says, derived here a second time', async () => {
    const { bobFromAny, pairs } = partiesOn('P-384')
    const { dataKey, wrapped } = wrapByHand(pairs.alice, pairs.bob, Buffer.alloc(32, 5))
    for (const providerId of ['raw-ecdh', 'aws-kms-ecdh']) {
      const answer = await unwrap(bobFromAny, [{ ...wrapped, providerId }])
      assert.ok('dataKey' in answer)
      assert.deepEqual(Buffer.from(answer.dataKey), dataKey)
    }
  })

  test('refuses the encrypting of a discoverer and the decrypting of an ephemeral one', async () => {
    const { toBob, bobFromAny } = partiesOn('P-256')
    await assert.rejects(wrap(bobFromAny), withCode('InvalidInput'))
    await refuses(toBob, await wrap(toBob), 1)
  })

  test('leaves the data keys of other parties, curves and providers alone', async () => {
    const { alice, pairs } = partiesOn('P-256')
    const stranger = partiesOn('P-256')
    const result = await wrap(alice)
    await refuses(stranger.bobFromAny, result, 0)
    await refuses(partiesOn('P-384').bobFromAny, result, 0)
    const bobWithStranger = rawEcdhKeyring({
      curve: 'P-256',
      schema: 'static',
      privateKey: pairs.bob.privateKey,
      peerPublicKey: stranger.pairs.alice.publicKey,
    })
    await refuses(bobWithStranger, result, 0)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const foreign = { ...wrapped, providerId: 'raw-ecdh2' }
    await refuses(alice, { ...result, encryptedDataKeys: [foreign] }, 0)
  })

  test('refuses another context and every flipped bit of the ciphertext', async () => {
    const { alice, bobFromAny } = partiesOn('P-256')
    const result = await wrap(alice)
    await refuses(bobFromAny, result, 1, { context: new Map() })
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    for (const each of tampered(wrapped))
      await refuses(bobFromAny, { ...result, encryptedDataKeys: [each] }, 1)
  })

  test('refuses malformed public keys, and points that are not on the curve', async () => {
    const { alice, bobFromAny, pairs } = partiesOn('P-256')
    const result = await wrap(alice)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const info = wrapped.providerInfo
    const infos = [
      new Uint8Array(0),
      info.subarray(0, info.length - 1),
      Buffer.concat([info, Buffer.alloc(1)]),
      Buffer.concat([Buffer.from([2]), info.subarray(1)]),
      Buffer.from('01ffffffff', 'hex'),
    ]
    for (let x = 0; x < 16; x += 1) {
      const point = Buffer.concat([Buffer.from([2]), Buffer.alloc(31), Buffer.from([x])])
      const length = Buffer.from([0, 0, 0, 33])
      const own = pointOf(pairs.bob.publicKey)
      infos.push(Buffer.concat([Buffer.from([1]), length, own, length, point]))
    }
    for (const providerInfo of infos)
      await refuses(bobFromAny, { ...result, encryptedDataKeys: [{ ...wrapped, providerInfo }] }, 1)
  })

  test('takes keys of its own curve only, and no private key for a public one', () => {
    const p384 = pairOn('P-384')
    const p256 = pairOn('P-256')
    const ephemeral = (recipientPublicKey: typeof p256.publicKey) => () =>
      rawEcdhKeyring({ curve: 'P-256', schema: 'ephemeral', recipientPublicKey })
    assert.throws(ephemeral(p384.publicKey), withCode('InvalidInput'))
    assert.throws(ephemeral(p256.privateKey), withCode('InvalidInput'))
    const curve = 'P-224' as never
    const recipientPublicKey = p256.publicKey
    const unknown = () => rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey })
    assert.throws(unknown, withCode('InvalidInput'))
  })
})

describe('a KMS ECDH keyring', () => {
  const setUp = (curve: EcdhCurve) => {
    const client = new StandInKms()
    const own = client.createEcKey(curve)
    const peer = client.createEcKey(curve)
    const keyring = kmsEcdhKeyring({
      client,
      curve,
      keyArn: own.arn,
      peerPublicKey: peer.publicKey,
    })
    return { client, own, peer, keyring }
  }

  test('agrees with its peer through the service, on every curve', async () => {
    for (const curve of curves) {
      const { client, own, peer, keyring } = setUp(curve)
      const back = kmsEcdhKeyring({
        client,
        curve,
        keyArn: peer.arn,
        publicKey: peer.publicKey,
        peerPublicKey: own.publicKey,
      })
      const discovery = kmsEcdhDiscoveryKeyring({ client, curve, keyArn: peer.arn })
      for (const suite of [...oneSuitePerKeyLength, signed]) {
        const { encryptedDataKeys } = await agrees(keyring, keyring, { suite })
        assert.equal(encryptedDataKeys[0]?.providerId, 'aws-kms-ecdh')
        await agrees(keyring, back, { suite })
        await agrees(keyring, discovery, { suite })
      }
      await assert.rejects(wrap(discovery), withCode('InvalidInput'))
    }
  })

  test('reads what a raw keyring wrote to it', async () => {
    const { client, peer } = setUp('P-256')
    const raw = rawEcdhKeyring({
      curve: 'P-256',
      schema: 'ephemeral',
      recipientPublicKey: peer.publicKey,
    })
    const discovery = kmsEcdhDiscoveryKeyring({ client, curve: 'P-256', keyArn: peer.arn })
    await agrees(raw, discovery)
  })

  test('asks for its public key once, and again after a failure', async () => {
    const { client, keyring } = setUp('P-256')
    client.alter = (operation) => {
      throw new Error(operation)
    }
    await assert.rejects(wrap(keyring), withCode('KeyringFailed'))
    client.alter = (_, answer) => answer
    await Promise.all([wrap(keyring), wrap(keyring), agrees(keyring, keyring)])
    assert.equal(client.count('getPublicKey'), 2)
  })

  test('does not believe answers for another key, or of another length', async () => {
    const { client, own, peer, keyring } = setUp('P-256')
    const result = await wrap(keyring)
    const lies = [
      { KeyId: peer.arn },
      { SharedSecret: new Uint8Array(31) },
      { SharedSecret: undefined },
    ]
    for (const lie of lies) {
      client.alter = (_, answer) => ({ ...answer, ...lie })
      await refuses(keyring, result, 1)
      await assert.rejects(wrap(keyring), withCode('KeyringFailed'))
    }
    client.alter = (_, answer) => ({ ...answer, KeyUsage: 'SIGN_VERIFY' })
    const discovery = kmsEcdhDiscoveryKeyring({ client, curve: 'P-256', keyArn: own.arn })
    await refuses(discovery, result, 1)
  })

  test('needs the ARN of a key', () => {
    const { client, peer } = setUp('P-256')
    const peerPublicKey = peer.publicKey
    const named = (keyArn: string) => () =>
      kmsEcdhKeyring({ client, curve: 'P-256', keyArn, peerPublicKey })
    assert.throws(named('alias/app'), withCode('InvalidInput'))
  })
})

type Pair = ReturnType<typeof pairOn>

/** P-384, step by step from SP 800-108 and the format, with nothing of the package's derivation. */
const wrapByHand = (
  from: Pair,
  to: Pair,
  dataKey: Buffer,
): { dataKey: Buffer; wrapped: EncryptedDataKey } => {
  const pointBy = ({ publicKey }: Pair): Buffer => {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' }) as { x?: string; y?: string }
    const whole = Buffer.concat([
      Buffer.from([4]),
      Buffer.from(x, 'base64url'),
      Buffer.from(y, 'base64url'),
    ])
    const point = ECDH.convertKey(whole, 'secp384r1', undefined, undefined, 'compressed')
    return Buffer.from(point as Uint8Array)
  }
  const info = Buffer.concat([
    Buffer.from('ecdh-key-derivation\0p384\0HMAC_SHA384\0'),
    pointBy(from),
    pointBy(to),
    Buffer.from([0, 1, 0]),
    encodeContext(someContext),
  ])
  const secret = diffieHellman({ privateKey: from.privateKey, publicKey: to.publicKey })
  const salt = Buffer.alloc(32, 9)
  const block = (counter: number) =>
    createHmac('sha384', secret)
      .update(Buffer.from([0, 0, 0, counter]))
      .update(info)
      .update(Buffer.from([0]))
      .update(salt)
      .update(Buffer.from([0, 0, 2, 0]))
      .digest()
  const derived = Buffer.concat([block(1), block(2)])
  const cipher = createCipheriv('aes-256-gcm', derived.subarray(32, 64), Buffer.alloc(12))
  cipher.setAAD(info)
  const sealed = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
  const length = Buffer.from([0, 0, 0, 49])
  return {
    dataKey,
    wrapped: {
      providerId: 'raw-ecdh',
      providerInfo: Buffer.concat([Buffer.from([1]), length, pointBy(to), length, pointBy(from)]),
      ciphertext: Buffer.concat([salt, derived.subarray(0, 32), sealed]),
    },
  }
}
