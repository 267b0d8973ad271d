import { type CborValue, parseCbor } from './cbor.ts'
import { documentRefused } from './refusal.ts'

/** What made the document: the Nitro Security Module of an enclave, or the NitroTPM of an instance. */
export type Platform = 'enclave' | 'tpm'

/** What an attestation document says; true only once its signature and chain are verified. */
export type AttestationDocument = {
  readonly platform: Platform
  /** Id of the enclave or of the TPM. */
  readonly moduleId: string
  readonly timestampMs: number
  /** The registers by their index, 0 to 31, each of 32, 48 or 64 bytes. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>
  /** DER of the certificate whose key signed the document. */
  readonly certificate: Uint8Array
  /** DER of the certificates above it, the root first. */
  readonly caBundle: readonly Uint8Array[]
  /** What the attested program wants its answers encrypted to; absent if it named nothing. */
  readonly publicKey: Uint8Array | undefined
}

/**
 * Reads the payload of a document under the restrictions of AWS, "Attestation process" §3.2.2 and
 * "NitroTPM attestation document", which differ in the name of one member alone. Throws CborError,
 * or a refusal.
 */
export const parseDocument = (payload: Uint8Array): AttestationDocument => {
  const members = parseCbor(payload)
  if (!(members instanceof Map)) throw documentRefused('malformed')
  for (const [name, value] of members as ReadonlyMap<unknown, CborValue>)
    if (!isAllowed(name, value)) throw documentRefused('malformed')
  for (const name of mandatory) if (!members.has(name)) throw documentRefused('malformed')
  const [platform, ...others] = platforms.filter((name) => members.has(registersMember[name]))
  if (platform === undefined || others.length > 0) throw documentRefused('malformed')
  return {
    platform,
    moduleId: members.get('module_id') as string,
    timestampMs: members.get('timestamp') as number,
    pcrs: members.get(registersMember[platform]) as ReadonlyMap<number, Uint8Array>,
    certificate: members.get('certificate') as Uint8Array,
    caBundle: members.get('cabundle') as readonly Uint8Array[],
    publicKey: (members.get('public_key') as Uint8Array | null | undefined) ?? undefined,
  }
}

const platforms = ['enclave', 'tpm'] as const satisfies readonly Platform[]
const registersMember = { enclave: 'pcrs', tpm: 'nitrotpm_pcrs' } as const
const mandatory = ['module_id', 'digest', 'timestamp', 'certificate', 'cabundle'] as const

/** The root, a Region's, a zone's and an instance's are four; AWS sets no limit. */
const bundleCertificatesMax = 10

const isBytes = (value: CborValue, least: number, most: number): boolean =>
  value instanceof Uint8Array && value.length >= least && value.length <= most

/** The documentation wants what is optional left out; AWS's own documents have null for it. */
const isOptionalBytes =
  (least: number, most: number) =>
  (value: CborValue): boolean =>
    value === null || isBytes(value, least, most)

const isCertificate = (value: CborValue): boolean => isBytes(value, 1, 1024)

const isRegisters = (value: CborValue): boolean =>
  value instanceof Map &&
  value.size >= 1 &&
  value.size <= 32 &&
  [...(value as ReadonlyMap<unknown, CborValue>)].every(
    ([index, register]) =>
      typeof index === 'number' &&
      index >= 0 &&
      index < 32 &&
      register instanceof Uint8Array &&
      [32, 48, 64].includes(register.length),
  )

const rules: { readonly [name: string]: (value: CborValue) => boolean } = {
  module_id: (value) => typeof value === 'string' && value.length > 0,
  digest: (value) => value === 'SHA384',
  timestamp: (value) => typeof value === 'number' && value > 0,
  pcrs: isRegisters,
  nitrotpm_pcrs: isRegisters,
  certificate: isCertificate,
  cabundle: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= bundleCertificatesMax &&
    value.every(isCertificate),
  public_key: isOptionalBytes(1, 1024),
  user_data: isOptionalBytes(0, 1024),
  nonce: isOptionalBytes(0, 1024),
}

const isAllowed = (name: unknown, value: CborValue): boolean =>
  typeof name === 'string' && Object.hasOwn(rules, name) && rules[name]?.(value) === true
