import { KmsError } from '../../api/errors.ts'

/**
 * What can be wrong with an attestation document. AWS answers ValidationException to each of them
 * (measured by others with random and with altered documents); its texts are not known, so these
 * are Keyhold's own. They tell the caller nothing that the document does not.
 */
export const documentFaults = {
  malformed: 'The attestation document is malformed.',
  algorithm: 'The attestation document is not signed with ES384.',
  signature: 'The signature of the attestation document is not valid.',
  root: 'The certificate chain of the attestation document does not begin at a trusted root.',
  chain: 'The certificate chain of the attestation document is not valid.',
  validity: 'A certificate of the attestation document has expired or is not valid yet.',
  age: 'The attestation document is too old, or comes from the future.',
  noKey: 'The attestation document has no public key.',
  key: 'The public key of the attestation document is not an RSA key of 2048 to 4096 bits.',
} as const
export type DocumentFault = keyof typeof documentFaults

/** A ValidationException; `cause` says more, and only to whoever debugs the service. */
export const documentRefused = (fault: DocumentFault, cause?: unknown): KmsError =>
  new KmsError('ValidationException', documentFaults[fault], { cause })
