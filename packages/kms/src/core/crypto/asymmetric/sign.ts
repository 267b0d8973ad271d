import type { KeyObject } from 'node:crypto'
import { isBriefToUse } from './key-pairs.ts'
import { methodFor, type SignedMessage } from './signing-algorithms.ts'

/** Signs a message that `requireMessage` let pass, with a key whose spec has the algorithm. */
export type SignTask = SignedMessage & {
  readonly kind: 'sign'
  readonly privateKey: KeyObject
  /** `entropyBytes` (of `method.ts`) unpredictable bytes, used for nothing else. */
  readonly entropy: Uint8Array
}

/** The signature as AWS KMS gives it: of RSA as long as the modulus, of ECDSA in DER. */
export const runSign = (task: SignTask): Uint8Array =>
  methodFor(task).sign(task.privateKey, task.message, task.entropy)

/** Verifies. It needs no private key, but some ways of it take longer than signing. */
export type VerifyTask = SignedMessage & {
  readonly kind: 'verify'
  readonly publicKey: KeyObject
  readonly signature: Uint8Array
}

/** False for a signature that does not hold, or is none at all; it never throws for its bytes. */
export const runVerify = (task: VerifyTask): boolean =>
  methodFor(task).verify(task.publicKey, task.message, task.signature)

/** Whether it takes less than about 0.2 ms. */
export const isBriefToSign = (task: SignTask): boolean =>
  !methodFor(task).slow.includes('sign') && isBriefToUse(task.privateKey)

/** Whether it takes less than about 0.2 ms. With RSA, verifying is brief where signing is not. */
export const isBriefToVerify = (task: VerifyTask): boolean =>
  !methodFor(task).slow.includes('verify') &&
  (task.publicKey.asymmetricKeyType === 'rsa' || isBriefToUse(task.publicKey))
