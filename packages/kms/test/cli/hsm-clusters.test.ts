import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readHsmClusters } from '../../src/cli/hsm-clusters.ts'
import { certificate, pemOf } from '../core/attestation/certificates.ts'

const scratch = mkdtempSync(join(tmpdir(), 'keyhold-hsm-'))
after(() => rmSync(scratch, { recursive: true }))

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const names = { subject: 'customer CA', issuer: 'customer CA', publicKey, signer: privateKey }
const anchor = pemOf(certificate({ ...names, fromMs: 0, toMs: 1e12, extensions: [] }))
writeFileSync(join(scratch, 'anchor.pem'), anchor)

const read = (text: string) => {
  const file = join(scratch, 'hsm.toml')
  writeFileSync(file, text)
  return readHsmClusters(file)
}
const whole = 'module = "lib.so"\ntoken = "keyhold"\ntrust-anchor = "anchor.pem"\n'

describe('the file of HSM clusters', () => {
  it('names tokens by the ids of clusters', async () => {
    const clusters = await read(
      `[cluster-abcdefghijk]\n${whole}[cluster-abcdefghijm]\n${whole}binding = "koffi"\n`,
    )
    assert.deepEqual([...clusters.keys()], ['cluster-abcdefghijk', 'cluster-abcdefghijm'])
    const [first] = clusters.values()
    assert.match(first?.trustAnchor ?? '', /^-----BEGIN CERTIFICATE-----\n/)
    await assert.rejects(first?.probe() ?? Promise.resolve(), /token/i)
  })

  it('is refused with what to correct', async () => {
    for (const [text, problem] of [
      ['[', /cannot be read/],
      ['[cluster-1]\n', /cluster-1 has to be cluster- and 11 to 16/],
      ['cluster-abcdefghijk = 1\n', /has to be a table/],
      [`[cluster-abcdefghijk]\n${whole}colour = "blue"\n`, /knows no colour: module, token/],
      [`[cluster-abcdefghijk]\n${whole}binding = 1\n`, /binding has to be a text/],
      ['[cluster-abcdefghijk]\nmodule = "a"\n', /needs a token/],
      ['[cluster-abcdefghijk]\ntoken = "a"\n', /needs a module/],
      ['[cluster-abcdefghijk]\nmodule = "a"\ntoken = "a"\n', /needs a trust-anchor/],
      [`[cluster-abcdefghijk]\n${whole.replace('anchor.pem', 'no.pem')}`, /no\.pem cannot be read/],
      [
        `[cluster-abcdefghijk]\n${whole.replace('anchor.pem', 'hsm.toml')}`,
        /is no PEM certificate/,
      ],
    ] as const)
      await assert.rejects(read(text), problem)
    await assert.rejects(readHsmClusters(join(scratch, 'none.toml')), /cannot be read/)
  })
})
