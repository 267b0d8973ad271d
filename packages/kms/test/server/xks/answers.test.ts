import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fails, openClientScene, plaintext } from './client-scene.ts'
import { health } from './proxy.ts'

const { proxy, encrypts, decrypts, checks, admits } = await openClientScene()

describe('an answer is refused', () => {
  const spoilt = (changes: object) => {
    proxy.spoil = (answer) => ({ ...answer, ...changes })
  }
  const ofBytes = (length: number) => Buffer.alloc(length).toString('base64')

  for (const [name, changes] of Object.entries({
    'with a ciphertext of another length': { ciphertext: ofBytes(plaintext.length + 1) },
    'without a ciphertext': { ciphertext: undefined },
    'with a ciphertext that is no base64': { ciphertext: '!'.repeat(20) },
    'with a ciphertext in base64url': { ciphertext: `_${ofBytes(plaintext.length).slice(1)}` },
    'with an IV of 11 bytes': { initializationVector: ofBytes(11) },
    'with an IV that is no text': { initializationVector: [1, 2] },
    'with a tag of 12 bytes': { authenticationTag: ofBytes(12) },
    'with 21 bytes of metadata': { ciphertextMetadata: ofBytes(21) },
    'with metadata that its integrity value is not of': { ciphertextMetadata: ofBytes(3) },
    'without an integrity value': { ciphertextDataIntegrityValue: undefined },
    'with the integrity value of something else': { ciphertextDataIntegrityValue: ofBytes(32) },
  }))
    test(`${name}, of Encrypt`, async () => {
      spoilt(changes)
      await fails(encrypts(), 'answerMalformed')
    })

  for (const [name, changes] of Object.entries({
    'with a plaintext of another length': { plaintext: ofBytes(plaintext.length - 1) },
    'without a plaintext': {},
  }))
    test(`${name}, of Decrypt`, async () => {
      proxy.instead = () => ({ status: 200, body: JSON.stringify(changes) })
      await fails(decrypts(), 'answerMalformed')
    })

  for (const [name, changes] of Object.entries({
    'without a fleet': { xksProxyFleetSize: 0 },
    'without a vendor': { xksProxyVendor: undefined },
    'without an external key manager': { ekmFleetDetails: [] },
    'with eleven external key managers': health(...Array<string>(11).fill('ACTIVE')),
    'with an external key manager of no state': { ekmFleetDetails: [{ id: 'a', model: 'b' }] },
    'with an external key manager that is null': { ekmFleetDetails: [null] },
  }))
    test(`${name}, of GetHealthStatus`, async () => {
      spoilt(changes)
      await fails(checks(), 'answerMalformed')
    })

  test('that is longer than any could be', async () => {
    proxy.spoil = (answer) => ({ ...answer, more: 'x'.repeat(100_000) })
    await fails(encrypts(), 'answerMalformed')
  })

  test('that breaks off', async () => {
    proxy.instead = () => 'break off'
    await fails(encrypts(), 'unreachable')
  })
})

describe('the health of a proxy', () => {
  test('is good as long as one of its external key managers works', async () => {
    for (const states of [['ACTIVE'], ['DEGRADED'], ['UNAVAILABLE', 'DEGRADED']]) {
      proxy.spoil = () => health(...states)
      await checks()
    }
    proxy.spoil = () => health('UNAVAILABLE', 'UNAVAILABLE')
    await fails(checks(), 'unhealthy')
  })
})

describe('an external key', () => {
  test('is fit for a KMS key if it is an enabled AES key that encrypts and decrypts', async () => {
    await admits()
    const [request] = proxy.requests
    assert.equal(request?.path, `${proxy.path}/keys/external-1/metadata`)
    proxy.addKey('more', { keyUsage: ['WRAP', 'DECRYPT', 'ENCRYPT'] })
    await admits('more')
    await fails(admits('none'), 'keyNotFound')
  })

  for (const [id, json, text] of [
    [
      'rsa',
      { keySpec: 'RSA_2048' },
      'The key spec of the external key must be AES_256. The key spec of specified external key is RSA_2048.',
    ],
    [
      'half',
      { keyUsage: ['ENCRYPT', 'SIGN'] },
      'The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ENCRYPT, SIGN.',
    ],
    [
      'off',
      { keyStatus: 'DISABLED' },
      'The status of the external key must be ENABLED. The status of specified external key is DISABLED.',
    ],
  ] as const)
    test(`is not: ${text}`, async () => {
      proxy.addKey(id, json)
      await assert.rejects(admits(id), { failure: 'keyUnfit', told: text })
    })

  for (const [name, json] of Object.entries({
    'no spec': { keySpec: undefined },
    'a spec that is no name': { keySpec: 'AES 256"' },
    'no usage': { keyUsage: undefined },
    'eleven usages': { keyUsage: Array<string>(11).fill('ENCRYPT') },
    'a status that is no text': { keyStatus: true },
  }))
    test(`of which the proxy tells ${name} cannot be judged`, async () => {
      proxy.addKey('odd', json)
      await fails(admits('odd'), 'answerMalformed')
    })
})
