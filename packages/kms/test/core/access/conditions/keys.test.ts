import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  conditionKeyOf,
  conditionKeys,
  suffixOf,
} from '../../../../src/core/access/conditions/keys.ts'

/** Service Authorization Reference, "Condition keys for AWS Key Management Service". */
const kmsKeys = `
  BypassPolicyLockoutSafetyCheck CallerAccount CustomerMasterKeySpec CustomerMasterKeyUsage
  DataKeyPairSpec EncryptionAlgorithm EncryptionContextKeys ExpirationModel GrantConstraintSourceArn
  GrantConstraintType GrantIsForAWSResource GrantOperations GranteePrincipal GranteeServicePrincipal
  KeyAgreementAlgorithm KeyOrigin KeySpec KeyUsage MacAlgorithm MessageType MultiRegion
  MultiRegionKeyType PrimaryRegion ReEncryptOnSameKey ReplicaRegion RequestAlias ResourceAliases
  RetiringPrincipal RetiringServicePrincipal RotationPeriodInDays
  ScheduleKeyDeletionPendingWindowInDays SigningAlgorithm TrailingDaysWithoutKeyUsage ValidTo
  ViaService WrappingAlgorithm WrappingKeySpec
`
  .trim()
  .split(/\s+/)

test('every condition key of KMS has a row', () => {
  for (const name of kmsKeys) assert.equal(conditionKeyOf(`kms:${name}`)?.name, `kms:${name}`)
  for (const name of ['kms:EncryptionContext:app', 'kms:RecipientAttestation:PCR0'])
    assert.equal(conditionKeyOf(name)?.isPrefix, true, name)
})

test('a row is found by its name in any case, and names that begin alike have their own', () => {
  assert.equal(conditionKeyOf('AWS:PRINCIPALARN')?.name, 'aws:PrincipalArn')
  assert.equal(conditionKeyOf('KMS:encryptioncontext:A')?.name, 'kms:EncryptionContext:')
  assert.equal(conditionKeyOf('kms:encryptioncontextkeys')?.name, 'kms:EncryptionContextKeys')
  assert.equal(conditionKeyOf('kms:EncryptionContext')?.name, undefined)
  assert.equal(conditionKeyOf('aws:PrincipalArnX'), undefined)
  assert.equal(conditionKeyOf('id.example.org:sub'), undefined)
})

test('what a policy adds to a name is the rest of it, case folded', () => {
  const row = conditionKeyOf('kms:EncryptionContext:App:Name')!
  assert.equal(suffixOf(row, 'kms:EncryptionContext:App:Name'), 'app:name')
  assert.equal(suffixOf(conditionKeyOf('aws:PrincipalTag/A/b')!, 'aws:principaltag/A/b'), 'a/b')
})

test('no two rows can be meant by the same name', () => {
  const folded = conditionKeys.map(({ name }) => name.toLowerCase())
  assert.equal(new Set(folded).size, folded.length)
  for (const prefix of conditionKeys.filter(({ isPrefix }) => isPrefix === true))
    for (const other of folded)
      assert.ok(other === prefix.name.toLowerCase() || !other.startsWith(prefix.name.toLowerCase()))
})

test('a key that key policies may not name is one of tags or aliases', () => {
  const names = conditionKeys.flatMap((row) => (row.identityPoliciesOnly ? [row.name] : []))
  assert.deepEqual(names.sort(), ['aws:ResourceTag/', 'kms:ResourceAliases'])
})
