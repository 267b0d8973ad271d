import { grantOperationNames } from '../../../api/members.ts'
import { isAsymmetric, type KeySpecName } from '../../keys/key-spec.ts'
import { foldCase } from '../matching/fold-case.ts'

export type GrantOperation = (typeof grantOperationNames)[number]

/** Those whose requests carry an encryption context: a constraint on it binds them, and no others. */
const withContext: ReadonlySet<GrantOperation> = new Set<GrantOperation>([
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
])

export const takesContext = (operation: GrantOperation): boolean => withContext.has(operation)

/** As AWS spells the action, which is how requests come, and case folded. */
const byAction: ReadonlyMap<string, GrantOperation> = new Map(
  grantOperationNames.flatMap((name) => {
    const action = `kms:${name}`
    return [[action, name] as const, [foldCase(action), name] as const]
  }),
)

/** The operation of an action such as `kms:Decrypt`; `undefined` if no grant can allow it. */
export const grantOperationOf = (action: string): GrantOperation | undefined =>
  byAction.get(action) ?? byAction.get(foldCase(action))

/** About any key, whatever it is for. */
const always: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey']

const encryptAndDecrypt: readonly GrantOperation[] = [
  'Decrypt',
  'Encrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
]

const byUsage: ReadonlyMap<string, readonly GrantOperation[]> = new Map([
  ['ENCRYPT_DECRYPT', encryptAndDecrypt],
  ['SIGN_VERIFY', ['Sign', 'Verify']],
  ['GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
  ['KEY_AGREEMENT', ['DeriveSharedSecret']],
  ['ENCAPSULATE_DECAPSULATE', ['Encapsulate', 'Decapsulate']],
])

/**
 * The operations that a grant on such a key may allow: those that the key itself can do (Developer
 * Guide, "Grant operations").
 */
export const operationsOfKey = (key: {
  readonly spec: KeySpecName
  readonly usage: string
}): ReadonlySet<GrantOperation> => {
  const operations = new Set([...always, ...(byUsage.get(key.usage) ?? [])])
  if (isAsymmetric(key.spec)) operations.add('GetPublicKey')
  if (key.spec === 'SYMMETRIC_DEFAULT') for (const name of withContext) operations.add(name)
  return operations
}
