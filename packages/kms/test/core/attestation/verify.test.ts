import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import { type DocumentFault, documentFaults } from '../../../src/core/attestation/refusal.ts'
import { Attestation } from '../../../src/core/attestation/verify.ts'
import { concatBytes } from '../../../src/core/crypto/bytes.ts'
import { cbor, IndefiniteMap } from './cbor-writer.ts'
import { spki } from './certificates.ts'
import { es384Header, makeIssuer, register, tagged } from './issuer.ts'

const nowMs = Date.UTC(2026, 10, 24, 12)
const minuteMs = 60_000
const issuer = makeIssuer(nowMs)
const trust = { roots: issuer.roots, ageMsMax: 5 * minuteMs }
const attestation = new Attestation(trust)

const refused = (document: Uint8Array, fault: DocumentFault, atMs = nowMs, by = attestation) => {
  assert.throws(() => by.verify(document, atMs), {
    name: 'KmsError',
    code: 'ValidationException',
    message: documentFaults[fault],
  })
}

describe('an attestation document', () => {
  it('is of an enclave, with its registers and its key', () => {
    const { platform, moduleId, pcrs, publicKey } = attestation.verify(issuer.document(), nowMs)
    assert.equal(platform, 'enclave')
    assert.equal(moduleId, 'i-0123456789abcdef0-enc0123456789abcdef')
    assert.equal(pcrs.size, 16)
    assert.deepEqual(new Uint8Array(pcrs.get(8)!), register(8))
    assert.deepEqual(spki(publicKey), spki(issuer.recipientKey))
  })

  it('is of a NitroTPM, if its registers are called so', () => {
    const nitrotpm_pcrs = new Map([[4, register(4)]])
    const document = issuer.document({ pcrs: undefined, nitrotpm_pcrs })
    const { platform, pcrs } = attestation.verify(document, nowMs)
    assert.equal(platform, 'tpm')
    assert.deepEqual([...pcrs.keys()], [4])
  })

  it('may have tag 18, a payload of definite length, and no optional member but the key', () => {
    attestation.verify(tagged(issuer.document()), nowMs)
    const { root, region, zone, instance, module } = issuer.certificates
    const members = new Map<string, unknown>([
      ['module_id', 'm'],
      ['digest', 'SHA384'],
      ['timestamp', nowMs],
      ['pcrs', new Map([[31, new Uint8Array(64)]])],
      ['certificate', module],
      ['cabundle', [root, region, zone, instance]],
      ['public_key', spki(issuer.recipientKey)],
    ])
    attestation.verify(issuer.sign(cbor(members)), nowMs)
  })

  it('is good for five minutes, and for as long before it was made', () => {
    const document = issuer.document()
    attestation.verify(document, nowMs + 5 * minuteMs)
    refused(document, 'age', nowMs + 5 * minuteMs + 1)
    attestation.verify(document, nowMs - 5 * minuteMs)
    refused(document, 'age', nowMs - 5 * minuteMs - 1)
  })

  it('is refused once a certificate has expired, also if the chain was good before', () => {
    const document = issuer.document({ timestamp: nowMs + 180 * minuteMs })
    attestation.verify(document, nowMs + 180 * minuteMs)
    refused(document, 'validity', nowMs + 180 * minuteMs + 1000)
    const early = issuer.document({ timestamp: nowMs - 65 * minuteMs })
    attestation.verify(early, nowMs - 65 * minuteMs)
    refused(early, 'validity', nowMs - 65 * minuteMs - 1000)
  })

  it('is refused if its root is not one that is trusted', () => {
    refused(makeIssuer(nowMs).document(), 'root')
    refused(issuer.document(), 'root', nowMs, new Attestation({ ...trust, roots: new Set() }))
  })

  it('is refused if somebody else signed it', () => {
    const { certificates } = issuer
    const { root, region, zone, instance, module } = certificates
    const forged = { certificate: module, cabundle: [root, region, zone, instance] }
    refused(makeIssuer(nowMs).document(forged), 'signature')
  })
})

describe('a signature', () => {
  it('is made with ES384, whatever the header says', () => {
    const payload = issuer.payload()
    for (const header of [
      new Map([[1, -7]]),
      new Map([[1, -36]]),
      new Map([[1, 5]]),
      new Map(),
      new Map<unknown, unknown>([
        [1, -35],
        [4, new Uint8Array(1)],
      ]),
      new Map([['1', -35]]),
    ])
      refused(issuer.sign(payload, cbor(header)), 'algorithm')
  })

  it('is refused with an algorithm where nobody signs it, and if it is left out', () => {
    const payload = issuer.payload()
    const unsigned = [es384Header, new Map(), payload, new Uint8Array()]
    refused(cbor(unsigned), 'malformed')
    refused(cbor([es384Header, new Map(), payload, new Uint8Array(96)]), 'signature')
    refused(cbor([new Uint8Array(), new Map([[1, -35]]), payload, new Uint8Array(96)]), 'malformed')
    refused(cbor([es384Header, new Map(), payload]), 'malformed')
    refused(cbor([es384Header, new Map(), payload, null]), 'malformed')
    refused(cbor([es384Header, new Map(), null, new Uint8Array(96)]), 'malformed')
    refused(payload, 'malformed')
  })
})

describe('any change of a signed document', () => {
  it('is refused, whichever bit of it changes', () => {
    const document = issuer.document()
    // A prime that has every bit, and a byte of every member, come up.
    for (let at = 0; at < document.length; at += 7) {
      const changed = Uint8Array.from(document)
      changed[at]! ^= 1 << (at % 8)
      assert.throws(() => attestation.verify(changed, nowMs), KmsError, `byte ${at}`)
    }
  })

  it('is refused, wherever it is cut off or goes on', () => {
    const document = issuer.document()
    for (let length = 0; length < document.length; length += 7)
      refused(document.subarray(0, length), 'malformed')
    refused(concatBytes(document, Uint8Array.of(0)), 'malformed')
    refused(concatBytes(document, document), 'malformed')
  })
})

describe('the members of a document', () => {
  it('are refused if one is missing, unknown, or not what it has to be', () => {
    const good = register(1)
    const certificate = issuer.certificates.module
    const cases: readonly (readonly [string, unknown])[] = [
      ...['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle']
        .flatMap((name) => [
          [name, undefined] as const,
          [name, null] as const,
          [name, 'x'.repeat(9)] as const,
        ])
        .filter(([name, value]) => name !== 'module_id' || typeof value !== 'string'),
      ['module_id', ''],
      ['module_id', 7],
      ['digest', 'SHA256'],
      ['digest', 'sha384'],
      ['timestamp', 0],
      ['timestamp', -nowMs],
      ['pcrs', new Map()],
      ['pcrs', new Map(Array.from({ length: 33 }, (_, index) => [index, good]))],
      ['pcrs', new Map([[32, good]])],
      ['pcrs', new Map([[-1, good]])],
      ['pcrs', new Map([['0', good]])],
      ['pcrs', new Map([[0, good.subarray(1)]])],
      ['pcrs', new Map([[0, 'x'.repeat(48)]])],
      ['pcrs', [good]],
      ['nitrotpm_pcrs', new Map([[0, good]])],
      ['certificate', new Uint8Array()],
      ['certificate', new Uint8Array(1025)],
      ['cabundle', []],
      ['cabundle', Array.from({ length: 11 }, () => certificate)],
      ['cabundle', [new Uint8Array()]],
      ['cabundle', ['x']],
      ['public_key', new Uint8Array()],
      ['public_key', new Uint8Array(1025)],
      ['public_key', 'x'],
      ['user_data', new Uint8Array(1025)],
      ['user_data', 'x'],
      ['nonce', new Uint8Array(1025)],
      ['nonce', 1],
      ['other', 'x'],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ]
    for (const [name, value] of cases) {
      const changes = Object.fromEntries([[name, value]])
      assert.throws(
        () => attestation.verify(issuer.document(changes), nowMs),
        { message: documentFaults.malformed },
        `${name}: ${String(value)}`,
      )
    }
  })

  it('are read at their limits', () => {
    for (const changes of [
      { user_data: new Uint8Array(1024), nonce: new Uint8Array(1024) },
      { user_data: new Uint8Array(), nonce: new Uint8Array() },
      { pcrs: new Map(Array.from({ length: 32 }, (_, index) => [index, new Uint8Array(32)])) },
      { timestamp: nowMs - 1 },
    ])
      attestation.verify(issuer.document(changes), nowMs)
  })
})

describe('the key of a document', () => {
  /** A modulus that nobody has the factors of will do. */
  const rsa = (bits: number, e = 'AQAB'): KeyObject => {
    const modulus = randomBytes(bits / 8)
    modulus[0]! |= 0x80
    modulus[modulus.length - 1]! |= 1
    const n = modulus.toString('base64url')
    return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  }

  it('is an RSA key of 2048 to 4096 bits', () => {
    for (const bits of [2048, 3072, 4096]) {
      const public_key = spki(rsa(bits))
      const { publicKey } = attestation.verify(issuer.document({ public_key }), nowMs)
      assert.deepEqual(spki(publicKey), public_key)
    }
  })

  it('is refused if it is another, or if there is none', () => {
    refused(issuer.document({ public_key: undefined }), 'noKey')
    refused(issuer.document({ public_key: null }), 'noKey')
    const good = spki(rsa(2048))
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    for (const public_key of [
      spki(rsa(1024)),
      spki(rsa(4104)),
      spki(rsa(2048, 'Aw')),
      spki(pss),
      spki(ec),
      new Uint8Array(300),
      concatBytes(good, Uint8Array.of(0)),
      good.subarray(1),
      new Uint8Array(rsa(2048).export({ format: 'der', type: 'pkcs1' })),
      Buffer.from(rsa(2048).export({ format: 'pem', type: 'spki' })),
    ])
      refused(issuer.document({ public_key }), 'key')
  })
})

describe('CBOR that nobody would write', () => {
  it('is refused before it takes any time: huge, deep, and with every length a lie', () => {
    for (const document of [
      new Uint8Array(262_144).fill(0x81),
      new Uint8Array(262_144).fill(0xbf),
      new Uint8Array(262_145),
      Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0x9b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0x5b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0x84),
      new Uint8Array(),
    ])
      refused(document, 'malformed')
  })

  it('is refused where a payload says a thing twice', () => {
    const payload = issuer.payload()
    // The mark at its end gives way to one more member.
    const twice = concatBytes(
      payload.subarray(0, -1),
      cbor('digest'),
      cbor('SHA384'),
      Uint8Array.of(0xff),
    )
    refused(issuer.sign(twice), 'malformed')
    refused(issuer.sign(new Uint8Array(16_385)), 'malformed')
    refused(issuer.sign(cbor(new IndefiniteMap())), 'malformed')
  })
})
