import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  type Chain,
  fingerprint,
  requireValid,
  verifyChain,
} from '../../../src/core/attestation/certificate-chain.ts'
import { documentFaults } from '../../../src/core/attestation/refusal.ts'
import { awsNitroRoot, parseRoot } from '../../../src/core/attestation/roots.ts'
import { fromHex } from '../../../src/core/crypto/bytes.ts'
import { derElement, derTag } from '../../../src/core/crypto/der.ts'
import {
  basicConstraints,
  type CertificateFields,
  extension,
  keyUsage,
  pemOf,
} from './certificates.ts'
import { type Issuer, type IssuerOptions, type Link, makeIssuer } from './issuer.ts'

const nowMs = Date.UTC(2026, 10, 24, 12)
const hourMs = 3_600_000
const good = makeIssuer(nowMs)

const chainOf = ({ certificates }: Issuer): Chain => {
  const { root, region, zone, instance, module } = certificates
  return { certificate: module, caBundle: [root, region, zone, instance] }
}

const verified = (issuer: Issuer) => verifyChain(chainOf(issuer), issuer.roots)

/** A chain with one certificate that says something else. */
const changed = (link: Link, fields: Partial<CertificateFields>, options: IssuerOptions = {}) =>
  makeIssuer(nowMs, { ...options, certificates: { [link]: fields } })

const asCa = [basicConstraints(true), keyUsage(0x04)]
const asModule = [basicConstraints(false), keyUsage(0x80)]

describe('a certificate chain', () => {
  it('leads from a trusted root to the key of its last certificate', () => {
    const { publicKey, fromMs, toMs } = verified(good)
    assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, 'secp384r1')
    assert.deepEqual([fromMs, toMs], [nowMs - hourMs, nowMs + 3 * hourMs])
  })

  it('is as short as a root and what it signed', () => {
    const issuer = makeIssuer(nowMs)
    const { root, region } = issuer.certificates
    assert.throws(() => verifyChain({ certificate: region, caBundle: [root] }, issuer.roots), {
      message: documentFaults.chain,
    })
    const short = changed('region', { extensions: asModule })
    const chain = { certificate: short.certificates.region, caBundle: [short.certificates.root] }
    verifyChain(chain, short.roots)
  })

  it('is valid while all of its certificates are', () => {
    for (const link of ['root', 'region', 'zone', 'instance', 'module'] as const) {
      const brief = verified(changed(link, { fromMs: nowMs - 1000, toMs: nowMs + 1000 }))
      assert.deepEqual([brief.fromMs, brief.toMs], [nowMs - 1000, nowMs + 1000])
    }
    const chain = verified(good)
    requireValid(chain, chain.toMs)
    requireValid(chain, chain.fromMs - 300_000)
    for (const atMs of [chain.toMs + 1, chain.fromMs - 300_001, NaN])
      assert.throws(() => requireValid(chain, atMs), { message: documentFaults.validity })
    assert.throws(() => requireValid({ ...chain, toMs: NaN }, nowMs))
    assert.throws(() => requireValid({ ...chain, fromMs: NaN }, nowMs))
  })

  it('is refused in any other order, and with a part left out', () => {
    const { root, region, zone, instance, module } = good.certificates
    for (const caBundle of [
      [root, zone, region, instance],
      [root, region, zone],
      [root, zone, instance],
      [root, instance],
      [root],
      [root, region, zone, instance, instance],
      [root, region, zone, instance, module],
    ])
      assert.throws(
        () => verifyChain({ certificate: module, caBundle }, good.roots),
        { message: documentFaults.chain },
        `${caBundle.length} certificates`,
      )
    for (const caBundle of [[region, zone, instance], [instance, zone, region, root], []])
      assert.throws(() => verifyChain({ certificate: module, caBundle }, good.roots), {
        message: documentFaults.root,
      })
  })

  it('is refused where one certificate only has the name of what signed it', () => {
    const signer = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    for (const link of ['region', 'zone', 'instance', 'module'] as const)
      assert.throws(() => verified(changed(link, { signer })), { message: documentFaults.chain })
  })

  it('is refused where a certificate names another issuer', () => {
    for (const link of ['region', 'zone', 'instance', 'module'] as const)
      assert.throws(() => verified(changed(link, { issuer: 'another' })), {
        message: documentFaults.chain,
      })
  })
})

describe('a certificate above the last', () => {
  const refusedAs = (extensions: readonly Uint8Array[], link: Link = 'zone') =>
    assert.throws(() => verified(changed(link, { extensions })), { message: documentFaults.chain })

  it('is one of a CA that may sign certificates', () => {
    for (const link of ['root', 'region', 'zone', 'instance'] as const) {
      verified(changed(link, { extensions: asCa }))
      refusedAs(asModule, link)
      refusedAs([basicConstraints(false), keyUsage(0x04)], link)
      refusedAs([basicConstraints(true), keyUsage(0x80)], link)
      refusedAs([basicConstraints(true)], link)
      refusedAs([keyUsage(0x04)], link)
      refusedAs([], link)
    }
  })

  it('has no longer path below it than it allows', () => {
    for (const [link, below] of [
      ['root', 3],
      ['region', 2],
      ['zone', 1],
    ] as const) {
      verified(changed(link, { extensions: [basicConstraints(true, below), keyUsage(0x04)] }))
      refusedAs([basicConstraints(true, below - 1), keyUsage(0x04)], link)
    }
  })
})

describe('the last certificate', () => {
  it('may sign data, and is not one of a CA', () => {
    const refusedAs = (...extensions: readonly Uint8Array[]) =>
      assert.throws(() => verified(changed('module', { extensions })), {
        message: documentFaults.chain,
      })
    verified(changed('module', { extensions: [keyUsage(0xc0)] }))
    refusedAs(basicConstraints(true), keyUsage(0x80))
    refusedAs(basicConstraints(false, 0), keyUsage(0x80))
    refusedAs(basicConstraints(false), keyUsage(0x04))
    refusedAs(basicConstraints(false))
    refusedAs()
  })
})

describe('any certificate', () => {
  const all = ['root', 'region', 'zone', 'instance', 'module'] as const
  const extensionsOf = (link: Link) => (link === 'module' ? asModule : asCa)
  const refused = (issuer: Issuer) => assert.throws(() => verified(issuer))

  it('has a key of P-384', () => {
    for (const link of all)
      for (const curve of ['prime256v1', 'secp521r1'])
        refused(makeIssuer(nowMs, { curves: { [link]: curve } }))
  })

  it('is signed with SHA-384, and is of version 3', () => {
    for (const link of all) {
      refused(changed(link, { hash: 'sha256' }))
      refused(changed(link, { version: 1 }))
      refused(changed(link, { version: 3 }))
    }
  })

  it('may have extensions that nothing here knows, but no critical one, and none twice', () => {
    const crlPoints = '551d1f'
    for (const link of all) {
      const known = extensionsOf(link)
      const more = (isCritical: boolean) =>
        changed(link, {
          extensions: [...known, extension(crlPoints, isCritical, fromHex('0500'))],
        })
      refused(more(true))
      refused(changed(link, { extensions: [...known, known[0]!] }))
      refused(changed(link, { extensions: [...known, known[1]!] }))
    }
    verified(changed('zone', { extensions: [...asCa, extension('2a03', false, fromHex('0500'))] }))
  })

  it('is refused if an extension is no DER', () => {
    const constraints = (hex: string) => [extension('551d13', true, fromHex(hex)), keyUsage(0x04)]
    const usage = (hex: string) => [basicConstraints(true), extension('551d0f', true, fromHex(hex))]
    for (const extensions of [
      // CA: FALSE spelt out, TRUE as 1, a wide and a negative path length, more than there may be.
      constraints('3003010100'),
      constraints('3003010101'),
      constraints('30070101ff02020005'),
      constraints('30060101ff0201ff'),
      constraints('30060101ff0201050500'),
      constraints('30030101ff00'),
      constraints(''),
      usage('0300'),
      usage('03020804'),
      usage('0302000400'),
      usage(''),
    ])
      refused(changed('zone', { extensions }))
  })

  it('is the DER of a certificate and nothing more', () => {
    const { certificate, caBundle } = chainOf(good)
    for (const other of [
      Buffer.concat([certificate, Buffer.of(0)]),
      Buffer.from(pemOf(certificate)),
      certificate.subarray(0, -1),
      new Uint8Array(),
      derElement(derTag.sequence),
    ])
      assert.throws(() => verifyChain({ certificate: other, caBundle }, good.roots))
  })
})

describe('a trusted root', () => {
  it('is told by the fingerprint that AWS publishes, or by the PEM of an operator', () => {
    assert.match(awsNitroRoot, /^[0-9a-f]{64}$/)
    assert.equal(parseRoot(good.rootPem), fingerprint(good.certificates.root))
  })

  it('is one certificate, of a CA on P-384, that signed itself', () => {
    const { certificates, rootPem } = good
    for (const pem of [
      '',
      'not a certificate',
      rootPem + rootPem,
      pemOf(certificates.region),
      pemOf(certificates.module),
      pemOf(changed('root', { extensions: asModule }).certificates.root),
      pemOf(makeIssuer(nowMs, { curves: { root: 'prime256v1' } }).certificates.root),
    ])
      assert.throws(() => parseRoot(pem))
  })
})
