import type { BenchOptions } from '../question.ts'
import { loadEncrypt } from './measure.ts'
import { serving, type Started } from './service.ts'

/** What a request costs under a key policy of a length. */
export type PolicyGrowth = {
  readonly policyBytes: number
  readonly statements: number
  readonly encryptP50Ms: number
  readonly encryptCpuMicros: number
}

/** AWS's limit to a key policy, which is this service's. */
const policyBytesMax = 32_768

/** A key under the policy that a new key has, and one under the longest there may be. */
export const policyGrowth = (
  directory: string,
  { quick }: BenchOptions,
): Promise<readonly PolicyGrowth[]> =>
  serving(directory, async (service) => {
    await service.verified
    const account = await accountOf(service)
    const results: PolicyGrowth[] = []
    for (const policy of [policyOf(account, 0), policyOf(account, policyBytesMax)]) {
      const keyId = await newKey(service, JSON.stringify(policy))
      const { p50Ms, cpuMicros } = await loadEncrypt(service, keyId, quick ? 500 : 3000)
      results.push({
        policyBytes: JSON.stringify(policy).length,
        statements: policy.Statement.length,
        encryptP50Ms: p50Ms,
        encryptCpuMicros: cpuMicros,
      })
    }
    return results
  })

/** Lets the account in by its last statement, after as many as fit that do not match the request. */
const policyOf = (account: string, bytes: number) => {
  const last = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  const other = (number: number) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: ['kms:Encrypt', 'kms:GenerateDataKey*'],
    Resource: '*',
    Condition: { StringEquals: { 'kms:EncryptionContext:tenant': `tenant-${number}` } },
  })
  const Statement: object[] = [last]
  const policy = { Version: '2012-10-17', Statement }
  let length = JSON.stringify(policy).length
  for (let number = 0; ; number += 1) {
    length += JSON.stringify(other(number)).length + 1
    if (length > bytes) return policy
    Statement.unshift(other(number))
  }
}

type Metadata = { readonly AWSAccountId: string; readonly KeyId: string }

const accountOf = async ({ client }: Started): Promise<string> => {
  const { KeyMetadata } = await client.call('CreateKey', {})
  return (KeyMetadata as unknown as Metadata).AWSAccountId
}

/** `policy`: JSON; absent: that which a new key has. */
export const newKey = async ({ client }: Started, policy?: string): Promise<string> => {
  const input = policy === undefined ? {} : { Policy: policy }
  const { KeyMetadata } = await client.call('CreateKey', input)
  return (KeyMetadata as unknown as Metadata).KeyId
}
