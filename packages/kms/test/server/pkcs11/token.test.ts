import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  BackendError,
  type KeyStoreBackend,
  type OuterCiphertext,
} from '../../../src/core/key-stores/backend.ts'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { pkcs11Cluster } from '../../../src/server/pkcs11/backend.ts'
import { TokenChannel } from '../../../src/server/pkcs11/channel.ts'

const scratch = mkdtempSync(join(tmpdir(), 'keyhold-pkcs11-'))
after(() => rmSync(scratch, { recursive: true }))
const binding = join(import.meta.dirname, 'software-module.ts')
let tokens = 0

const newPlace = () => {
  const module = join(scratch, String((tokens += 1)))
  mkdirSync(module)
  return { module, token: 'software', binding }
}
const secret = (text: string): Secret => new Secret(new TextEncoder().encode(text))

const errand = {
  principalArn: 'arn:aws:iam::111122223333:root',
  operation: 'Encrypt',
  requestId: 'r',
} as const
const health = { operation: 'KmsHealthCheck', requestId: 'r' } as const

const withToken = async (
  work: (backend: KeyStoreBackend, place: ReturnType<typeof newPlace>) => Promise<void>,
  { password = '4711', place = newPlace() } = {},
): Promise<void> => {
  const backend = pkcs11Cluster(place, '').open(secret(password))
  try {
    await work(backend, place)
  } finally {
    await backend.close()
  }
}

const fails = (work: Promise<unknown>, failure: string): Promise<void> =>
  assert.rejects(work, (error) => error instanceof BackendError && error.failure === failure)

describe('a PKCS #11 token', () => {
  it('makes keys that encrypt and decrypt, and that outlive its process', async () => {
    const place = newPlace()
    const aad = Buffer.from('aad')
    const plaintext = Buffer.from('plaintext')
    let outer: OuterCiphertext | undefined
    await withToken(
      async (backend) => {
        await backend.check(health)
        await backend.admitKey('key-1', errand)
        outer = await backend.encrypt('key-1', plaintext, aad, errand)
        assert.deepEqual(
          [outer.ciphertext.length, outer.iv.length, outer.tag.length, outer.metadata.length],
          [9, 12, 16, 0],
        )
      },
      { place },
    )
    await withToken(
      async (backend) => {
        assert(outer !== undefined)
        const decrypted = await backend.decrypt('key-1', outer, aad, errand)
        assert.deepEqual(Buffer.from(decrypted), Buffer.from('plaintext'))
      },
      { place },
    )
  })

  it('tells a ciphertext that is not its own from a token that does not work', () =>
    withToken(async (backend) => {
      await backend.admitKey('key-1', errand)
      const nothing = new Uint8Array(0)
      const outer = await backend.encrypt('key-1', nothing, nothing, errand)
      const changed = { ...outer, tag: new Uint8Array(16) }
      await fails(backend.decrypt('key-1', changed, nothing, errand), 'tokenCiphertextRefused')
      await fails(
        backend.decrypt('key-1', outer, Uint8Array.of(1), errand),
        'tokenCiphertextRefused',
      )
    }))

  it('has keys by name: one each, none that it was not asked for, none after it is destroyed', () =>
    withToken(async (backend) => {
      const nothing = new Uint8Array(0)
      await fails(backend.encrypt('key-1', nothing, nothing, errand), 'tokenKeyMissing')
      await backend.admitKey('key-1', errand)
      await fails(backend.admitKey('key-1', errand), 'tokenFailed')
      await backend.destroyKey?.('key-1')
      await fails(backend.encrypt('key-1', nothing, nothing, errand), 'tokenKeyMissing')
    }))

  it('gives random bytes of its own', () =>
    withToken(async (backend) => {
      const bytes = await backend.random?.(32)
      assert.equal(bytes?.length, 32)
      assert.notDeepEqual(await backend.random?.(32), bytes)
    }))

  it('says why it does not serve', async () => {
    await withToken((backend) => fails(backend.check(health), 'passwordRefused'), {
      password: 'wrong',
    })
    const locked = newPlace()
    writeFileSync(join(locked.module, 'locked'), '')
    await withToken((backend) => fails(backend.check(health), 'userLockedOut'), { place: locked })
    const unfit = newPlace()
    writeFileSync(join(unfit.module, 'no-gcm'), '')
    await fails(pkcs11Cluster(unfit, '').probe(), 'tokenUnfit')
    const place = newPlace()
    await fails(pkcs11Cluster({ ...place, token: 'other' }, '').probe(), 'tokenAbsent')
    await fails(pkcs11Cluster({ ...place, module: join(scratch, 'no') }, '').probe(), 'tokenFailed')
    await fails(
      pkcs11Cluster({ ...place, binding: join(scratch, 'no') }, '').probe(),
      'tokenFailed',
    )
    await pkcs11Cluster(place, '').probe()
  })

  it('logs in once, and again where its session was lost', () =>
    withToken(async (backend, { module }) => {
      await Promise.all([backend.check(health), backend.check(health)])
      await backend.admitKey('forget', errand)
      assert.equal(readFileSync(join(module, 'logins'), 'utf8'), '..')
    }))

  it('may crash without harm: what was asked fails, and the next works again', () =>
    withToken(async (backend) => {
      await backend.admitKey('key-1', errand)
      const asked = [backend.admitKey('crash', errand), backend.random?.(8) ?? Promise.resolve()]
      for (const result of await Promise.allSettled(asked)) assert.equal(result.status, 'rejected')
      await backend.admitKey('key-2', errand)
    }))

  it('may hang without harm: it is ended, and the next works again', async () => {
    const channel = new TokenChannel(newPlace(), 1_000)
    try {
      await channel.ask({ kind: 'logIn', pin: Buffer.from('4711') })
      await fails(channel.ask({ kind: 'createKey', name: 'hang' }), 'tokenTimedOut')
      assert.equal(channel.isRunning, false)
      await channel.ask({ kind: 'probe' })
    } finally {
      channel.close()
    }
    await fails(channel.ask({ kind: 'probe' }), 'tokenFailed')
  })
})
