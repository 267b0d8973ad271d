import { KmsError } from '../../../api/errors.ts'

/** Bytes of a key policy at most: KMS's quota, stricter than the shape. */
const keyPolicyBytesMax = 32_768
/** Characters that are not white space (IAM User Guide, "IAM and AWS STS quotas"). */
export const managedCharactersMax = 6_144
export const trustCharactersMax = 2_048
export const inlineCharactersMax = { user: 2_048, role: 10_240, group: 5_120 } as const

/** Size of a policy as IAM counts it: "policy size calculations do not include white space". */
export const policyCharacters = (text: string): number => text.replace(/\s/g, '').length

export const requireKeyPolicySize = (text: string): void => {
  if (Buffer.byteLength(text) > keyPolicyBytesMax)
    throw new KmsError(
      'LimitExceededException',
      `The key policy is longer than ${keyPolicyBytesMax} bytes.`,
    )
}

export const requireManagedPolicySize = (text: string): void => {
  if (policyCharacters(text) > managedCharactersMax)
    throw quotaExceeded('PolicySize', managedCharactersMax)
}

export const requireTrustPolicySize = (text: string): void => {
  if (policyCharacters(text) > trustCharactersMax)
    throw quotaExceeded('ACLSizePerRole', trustCharactersMax)
}

/** All inline policies of an identity count together; `texts` are those that it would have. */
export const requireInlinePolicySize = (
  kind: keyof typeof inlineCharactersMax,
  name: string,
  texts: Iterable<string>,
): void => {
  let characters = 0
  for (const text of texts) characters += policyCharacters(text)
  const most = inlineCharactersMax[kind]
  if (characters > most)
    throw new KmsError(
      'LimitExceededException',
      `Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`,
    )
}

const quotaExceeded = (quota: string, most: number): KmsError =>
  new KmsError('LimitExceededException', `Cannot exceed quota for ${quota}: ${most}`)
