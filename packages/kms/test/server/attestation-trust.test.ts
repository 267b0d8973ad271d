import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { awsNitroRoot } from '../../src/core/attestation/roots.ts'
import { openAttestationTrust } from '../../src/server/attestation-trust.ts'
import { temporaryDirectory } from '../cli/temporary.ts'
import { pemOf } from '../core/attestation/certificates.ts'
import { makeIssuer } from '../core/attestation/issuer.ts'

const scratch = temporaryDirectory()
const issuer = makeIssuer(Date.UTC(2026, 10, 24, 12))
writeFileSync(join(scratch, 'root.pem'), issuer.rootPem)
writeFileSync(join(scratch, 'zone.pem'), pemOf(issuer.certificates.zone))

describe('whose attestation documents are believed', () => {
  it('is AWS where an operator names nobody, for five minutes', async () => {
    const { roots, ageMsMax } = await openAttestationTrust({}, scratch)
    assert.deepEqual([...roots], [awsNitroRoot])
    assert.equal(ageMsMax, 300_000)
  })

  it('is whom an operator names, and AWS only if it is among them', async () => {
    const own = await openAttestationTrust({ roots: ['root.pem'], maxAgeSeconds: 60 }, scratch)
    assert.deepEqual(own, { roots: issuer.roots, ageMsMax: 60_000 })
    const both = await openAttestationTrust({ roots: ['aws', './root.pem'] }, scratch)
    assert.deepEqual([...both.roots], [awsNitroRoot, ...issuer.roots])
  })

  it('is nobody with a file that is missing or is no root, and the file is named', async () => {
    for (const name of ['none.pem', 'zone.pem', '.'])
      await assert.rejects(openAttestationTrust({ roots: ['aws', name] }, scratch), (error) => {
        assert.match(String(error), /the attestation root .* cannot be used/)
        assert.ok(String(error).includes(join(scratch, name)))
        return true
      })
  })
})
