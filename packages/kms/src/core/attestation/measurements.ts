import { toBase64, toHex } from '../crypto/bytes.ts'
import type { Platform } from './document.ts'
import type { Recipient } from './verify.ts'

/** How condition keys name a register, after `kms:RecipientAttestation:` and case folded. */
const registerPrefix = { enclave: 'pcr', tpm: 'nitrotpmpcr' } as const satisfies Record<
  Platform,
  string
>

/**
 * What `kms:RecipientAttestation:<name>` is for a recipient (KMS Developer Guide, "Condition keys for
 * attested platforms"): a register in lower-case hex; `undefined` if the document does not have it,
 * or is of the other platform. `name` is case folded.
 */
export const measurement = ({ platform, pcrs }: Recipient, name: string): string | undefined => {
  const prefix = registerPrefix[platform]
  const digits =
    platform === 'enclave' && name === 'imagesha384'
      ? '0'
      : name.startsWith(prefix)
        ? name.slice(prefix.length)
        : ''
  // One name for each register: PCR4, and neither PCR04 nor PCR4.0.
  if (!/^(?:0|[1-9][0-9]?)$/.test(digits)) return undefined
  const register = pcrs.get(Number(digits))
  return register && toHex(register)
}

/** What CloudTrail's examples show, by register (KMS Developer Guide, "Monitoring attested requests"). */
const auditedRegisters = {
  enclave: [
    [0, 'attestationDocumentEnclaveImageDigest'],
    ...[1, 2, 3, 4, 8].map((n) => [n, `attestationDocumentEnclavePCR${n}`] as const),
  ],
  tpm: [4, 7, 8, 9, 16, 23].map((n) => [n, `attestationDocumentNitroTPMPCR${n}`] as const),
} as const satisfies Record<Platform, readonly (readonly [number, string])[]>

/** What the audit record says of a recipient, in its order; registers in base64, as AWS writes them. */
export const auditedRecipient = ({
  platform,
  moduleId,
  pcrs,
}: Recipient): readonly (readonly [name: string, value: string])[] => {
  const registers = auditedRegisters[platform].flatMap(([index, name]) => {
    const register = pcrs.get(index)
    return register === undefined ? [] : [[name, toBase64(register)] as const]
  })
  return [['attestationDocumentModuleId', moduleId], ...registers]
}
