import { EnvelopeError } from '../errors.ts'
import { type Suite, suites } from '../format/suites.ts'
import type { CommitmentPolicy } from './types.ts'

export const defaultCommitmentPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'

const policies: ReadonlySet<unknown> = new Set<CommitmentPolicy>([
  'FORBID_ENCRYPT_ALLOW_DECRYPT',
  'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  defaultCommitmentPolicy,
])

/** Throws `InvalidInput` for another name: a misspelt policy must not be a weaker one. */
export const requirePolicy = (policy: CommitmentPolicy | undefined): void => {
  if (policy === undefined || policies.has(policy)) return
  throw new EnvelopeError('InvalidInput', `There is no commitment policy named ${policy}.`)
}

/** The suite of a message whose writer named none: signed, and committing unless that is forbidden. */
export const defaultSuite = (policy: CommitmentPolicy): Suite =>
  policy === 'FORBID_ENCRYPT_ALLOW_DECRYPT'
    ? suites.ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384
    : suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384

/**
 * Refuses a suite that the policy forbids for writing. To be called on the suite that was asked for
 * and again on the one that came back, for a shared cache may hold another's (CVE-2026-6550).
 */
export const requireSuiteForEncrypt = (policy: CommitmentPolicy, suite: Suite): void => {
  const forbidsCommitment = policy === 'FORBID_ENCRYPT_ALLOW_DECRYPT'
  if (suite.commits !== forbidsCommitment) return
  throw violation(policy, suite, 'encrypt')
}

export const requireSuiteForDecrypt = (policy: CommitmentPolicy, suite: Suite): void => {
  if (suite.commits || policy !== 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT') return
  throw violation(policy, suite, 'decrypt')
}

const violation = (policy: CommitmentPolicy, suite: Suite, verb: string): EnvelopeError =>
  new EnvelopeError(
    'PolicyViolation',
    `The commitment policy ${policy} does not allow to ${verb} with ${suite.name}.`,
  )
