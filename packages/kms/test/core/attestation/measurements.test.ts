import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { auditedRecipient, measurement } from '../../../src/core/attestation/measurements.ts'
import { Attestation, type Recipient } from '../../../src/core/attestation/verify.ts'
import { makeIssuer, register } from './issuer.ts'

const nowMs = Date.UTC(2026, 10, 24, 12)
const issuer = makeIssuer(nowMs)
const attestation = new Attestation({ roots: issuer.roots, ageMsMax: 300_000 })
const recipient = (changes: Readonly<Record<string, unknown>> = {}): Recipient =>
  attestation.verify(issuer.document(changes), nowMs)

const registers = new Map(Array.from({ length: 24 }, (_, index) => [index, register(index)]))
const enclave = recipient()
const tpm = recipient({
  module_id: 'i-0123456789abcdef0-tpm0000000000000000',
  pcrs: undefined,
  nitrotpm_pcrs: registers,
})

describe('what was measured of a recipient', () => {
  it('is a register of an enclave in lower-case hex, and the image is the first', () => {
    assert.equal(measurement(enclave, 'pcr0'), '00'.repeat(48))
    assert.equal(measurement(enclave, 'imagesha384'), '00'.repeat(48))
    assert.equal(measurement(enclave, 'pcr15'), '0f'.repeat(48))
    assert.equal(measurement(recipient({ pcrs: registers }), 'pcr23'), '17'.repeat(48))
  })

  it('is a register of a NitroTPM under another name', () => {
    assert.equal(measurement(tpm, 'nitrotpmpcr4'), '04'.repeat(48))
    assert.equal(measurement(tpm, 'nitrotpmpcr23'), '17'.repeat(48))
    for (const name of ['pcr4', 'imagesha384']) assert.equal(measurement(tpm, name), undefined)
    assert.equal(measurement(enclave, 'nitrotpmpcr4'), undefined)
  })

  it('is nothing under any other name, nor where the document has no such register', () => {
    for (const name of ['', 'pcr', 'pcr16', 'pcr31', 'pcr00', 'pcr01', 'pcr-1', 'pcr1 ', 'pcr100'])
      assert.equal(measurement(enclave, name), undefined, name)
    for (const name of ['0', 'pcr0x1', 'pcr1e0', 'moduleid', 'constructor', '__proto__', 'PCR0'])
      assert.equal(measurement(enclave, name), undefined, name)
  })
})

describe('the audit record of a recipient', () => {
  const base64 = (byte: number): string => Buffer.from(register(byte)).toString('base64')

  it('has the module and the registers that CloudTrail shows, in base64', () => {
    assert.deepEqual(auditedRecipient(enclave), [
      ['attestationDocumentModuleId', 'i-0123456789abcdef0-enc0123456789abcdef'],
      ['attestationDocumentEnclaveImageDigest', base64(0)],
      ...[1, 2, 3, 4, 8].map((n) => [`attestationDocumentEnclavePCR${n}`, base64(n)]),
    ])
    assert.deepEqual(auditedRecipient(tpm), [
      ['attestationDocumentModuleId', 'i-0123456789abcdef0-tpm0000000000000000'],
      ...[4, 7, 8, 9, 16, 23].map((n) => [`attestationDocumentNitroTPMPCR${n}`, base64(n)]),
    ])
  })

  it('leaves out what the document does not have', () => {
    const little = recipient({ pcrs: new Map([[2, register(2)]]) })
    assert.deepEqual(
      auditedRecipient(little).map(([name]) => name),
      ['attestationDocumentModuleId', 'attestationDocumentEnclavePCR2'],
    )
  })
})
