import assert from 'node:assert/strict'
import test from 'node:test'
import { kebab } from '../../src/cli/names.ts'
import { operations } from '../../src/api/operations.ts'

test('every operation of the API has the name that AWS gave it on the command line', () => {
  const all = Object.keys(operations).toSorted()
  assert.equal(all.map((name) => kebab(name)).join(' '), names)
})

test('members are named as AWS names its flags', () => {
  for (const [member, flag] of Object.entries(members)) assert.equal(kebab(member), flag)
})

test('plurals of acronyms stay together', () => {
  assert.equal(kebab('ListHITs'), 'list-hits')
  assert.equal(kebab('GatewayARNs'), 'gateway-arns')
})

test('no operation has two members with one name on the command line', () => {
  for (const row of Object.values(operations)) {
    const flags = Object.keys(row.input).map((name) => kebab(name))
    assert.equal(new Set(flags).size, flags.length)
  }
})

const members = {
  KeyId: 'key-id',
  CiphertextBlob: 'ciphertext-blob',
  EncryptionContext: 'encryption-context',
  CustomKeyStoreId: 'custom-key-store-id',
  XksKeyId: 'xks-key-id',
  CloudHsmClusterId: 'cloud-hsm-cluster-id',
  PendingWindowInDays: 'pending-window-in-days',
  BypassPolicyLockoutSafetyCheck: 'bypass-policy-lockout-safety-check',
  XksProxyVpcEndpointServiceName: 'xks-proxy-vpc-endpoint-service-name',
}

const names =
  'cancel-key-deletion connect-custom-key-store create-alias create-custom-key-store ' +
  'create-grant create-key decapsulate decrypt delete-alias delete-custom-key-store ' +
  'delete-imported-key-material derive-shared-secret describe-custom-key-stores describe-key ' +
  'disable-key disable-key-rotation disconnect-custom-key-store enable-key ' +
  'enable-key-rotation encapsulate encrypt generate-data-key generate-data-key-pair ' +
  'generate-data-key-pair-without-plaintext generate-data-key-without-plaintext generate-mac ' +
  'generate-random get-key-last-usage get-key-policy get-key-rotation-status ' +
  'get-parameters-for-import get-public-key import-key-material list-aliases list-grants ' +
  'list-key-policies list-key-rotations list-keys list-resource-tags list-retirable-grants ' +
  'put-key-policy re-encrypt replicate-key retire-grant revoke-grant rotate-key-on-demand ' +
  'schedule-key-deletion sign tag-resource untag-resource update-alias ' +
  'update-custom-key-store update-key-description update-primary-region verify verify-mac'
