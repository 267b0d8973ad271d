import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import {
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { startTestService } from './harness.ts'
import { createKeyFor, validInput } from './inputs.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

type State = 'Enabled' | 'Disabled' | 'PendingDeletion'
type Outcome = 'ok' | 'disabled' | 'pendingDeletion' | 'notPendingDeletion'

/** The Developer Guide's key state table, for the operations that are built. */
const table: Readonly<
  Record<string, readonly [enabled: Outcome, disabled: Outcome, pending: Outcome]>
> = {
  CancelKeyDeletion: ['notPendingDeletion', 'notPendingDeletion', 'ok'],
  CreateAlias: ['ok', 'ok', 'pendingDeletion'],
  CreateGrant: ['ok', 'disabled', 'pendingDeletion'],
  Decrypt: ['ok', 'disabled', 'pendingDeletion'],
  Decapsulate: ['ok', 'disabled', 'pendingDeletion'],
  DeleteAlias: ['ok', 'ok', 'ok'],
  DeleteImportedKeyMaterial: ['ok', 'ok', 'ok'],
  DeriveSharedSecret: ['ok', 'disabled', 'pendingDeletion'],
  DescribeKey: ['ok', 'ok', 'ok'],
  DisableKey: ['ok', 'ok', 'pendingDeletion'],
  DisableKeyRotation: ['ok', 'disabled', 'pendingDeletion'],
  EnableKey: ['ok', 'ok', 'pendingDeletion'],
  EnableKeyRotation: ['ok', 'disabled', 'pendingDeletion'],
  Encapsulate: ['ok', 'disabled', 'pendingDeletion'],
  Encrypt: ['ok', 'disabled', 'pendingDeletion'],
  GenerateDataKey: ['ok', 'disabled', 'pendingDeletion'],
  GenerateDataKeyPair: ['ok', 'disabled', 'pendingDeletion'],
  GenerateDataKeyPairWithoutPlaintext: ['ok', 'disabled', 'pendingDeletion'],
  GenerateDataKeyWithoutPlaintext: ['ok', 'disabled', 'pendingDeletion'],
  GenerateMac: ['ok', 'disabled', 'pendingDeletion'],
  GetKeyLastUsage: ['ok', 'ok', 'ok'],
  GetKeyPolicy: ['ok', 'ok', 'ok'],
  GetParametersForImport: ['ok', 'ok', 'pendingDeletion'],
  ImportKeyMaterial: ['ok', 'ok', 'pendingDeletion'],
  GetKeyRotationStatus: ['ok', 'ok', 'ok'],
  GetPublicKey: ['ok', 'ok', 'pendingDeletion'],
  ListAliases: ['ok', 'ok', 'ok'],
  ListGrants: ['ok', 'ok', 'ok'],
  ListKeyPolicies: ['ok', 'ok', 'ok'],
  ListKeyRotations: ['ok', 'ok', 'ok'],
  ListKeys: ['ok', 'ok', 'ok'],
  ListResourceTags: ['ok', 'ok', 'ok'],
  PutKeyPolicy: ['ok', 'ok', 'ok'],
  RetireGrant: ['ok', 'ok', 'ok'],
  RevokeGrant: ['ok', 'ok', 'ok'],
  ReplicateKey: ['ok', 'disabled', 'pendingDeletion'],
  ReEncrypt: ['ok', 'disabled', 'pendingDeletion'],
  RotateKeyOnDemand: ['ok', 'disabled', 'pendingDeletion'],
  ScheduleKeyDeletion: ['ok', 'ok', 'pendingDeletion'],
  Sign: ['ok', 'disabled', 'pendingDeletion'],
  TagResource: ['ok', 'ok', 'pendingDeletion'],
  UntagResource: ['ok', 'ok', 'pendingDeletion'],
  UpdateAlias: ['ok', 'ok', 'pendingDeletion'],
  UpdateKeyDescription: ['ok', 'ok', 'pendingDeletion'],
  Verify: ['ok', 'disabled', 'pendingDeletion'],
  VerifyMac: ['ok', 'disabled', 'pendingDeletion'],
}
const states: readonly State[] = ['Enabled', 'Disabled', 'PendingDeletion']

/** Operations that are about no key that exists. */
const keyless = new Set([
  // About keys that have a replica, which await their deletion otherwise: see its own test.
  'UpdatePrimaryRegion',
  'CreateKey',
  'GenerateRandom',
  'ListRetirableGrants',
  'CreateCustomKeyStore',
  'UpdateCustomKeyStore',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'ConnectCustomKeyStore',
  'DisconnectCustomKeyStore',
])

const bring = async ({ KeyId }: KeyMetadata, state: State): Promise<void> => {
  if (state === 'Disabled') succeededEmpty(await call('DisableKey', { KeyId }))
  if (state === 'PendingDeletion') succeeded(await call('ScheduleKeyDeletion', { KeyId }))
}

describe('the key state table', () => {
  for (const name of Object.keys(operations) as OperationName[]) {
    if (keyless.has(name)) continue
    it(`holds for ${name}`, async () => {
      const row = table[name]
      assert(row !== undefined, `${name} is missing in the table of this test`)
      for (const [at, state] of states.entries()) {
        const key = await createKeyFor(service, name)
        const input = await validInput(service, name, key)
        await bring(key, state)
        const reply = await call(name, input)
        const { Arn } = key
        const expected = row[at]
        if (expected === 'ok') assert.equal(reply.status, 200, `${state}: ${reply.text}`)
        if (expected === 'disabled') refused(reply, 'DisabledException', `${Arn} is disabled.`)
        if (expected === 'pendingDeletion')
          refused(reply, 'KMSInvalidStateException', `${Arn} is pending deletion.`)
        if (expected === 'notPendingDeletion')
          refused(reply, 'KMSInvalidStateException', `${Arn} is not pending deletion.`)
        if (expected !== 'ok' || !(operations[name] as Operation).changes)
          await unchanged(key, state)
      }
    })
  }
})

const unchanged = async (key: KeyMetadata, state: State): Promise<void> => {
  const now = succeeded(await call('DescribeKey', { KeyId: key.KeyId }))['KeyMetadata']
  assert.equal((now as KeyMetadata).KeyState, state)
}

describe('ReEncrypt', () => {
  it('refuses: a destination that may not be used', async () => {
    const source = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId: source.KeyId })
    for (const state of ['Disabled', 'PendingDeletion'] as const) {
      const destination = await createKey(service)
      await bring(destination, state)
      const reply = await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: destination.KeyId })
      if (state === 'Disabled')
        refused(reply, 'DisabledException', `${destination.Arn} is disabled.`)
      else refused(reply, 'KMSInvalidStateException', `${destination.Arn} is pending deletion.`)
    }
  })
})

describe('UpdateAlias', () => {
  it('does: leaves a key that awaits deletion', async () => {
    const [old, fresh] = [await createKey(service), await createKey(service)]
    const AliasName = 'alias/leaves'
    succeededEmpty(await call('CreateAlias', { AliasName, TargetKeyId: old.KeyId }))
    await bring(old, 'PendingDeletion')
    succeededEmpty(await call('UpdateAlias', { AliasName, TargetKeyId: fresh.KeyId }))
  })
})

describe('the state of a key', () => {
  it('is checked before the algorithm, and before the ciphertext is opened', async () => {
    const key = await createKey(service)
    const EncryptionContext = { a: 'b' }
    const CiphertextBlob = await encrypt(service, { KeyId: key.KeyId, EncryptionContext })
    await bring(key, 'Disabled')
    const text = `${key.Arn} is disabled.`
    refused(await call('Decrypt', { CiphertextBlob }), 'DisabledException', text)
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1'
    const input = { KeyId: key.KeyId, Plaintext: 'AA==', EncryptionAlgorithm }
    refused(await call('Encrypt', input), 'DisabledException', text)
  })
})
