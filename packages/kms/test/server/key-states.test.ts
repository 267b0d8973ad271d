import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import type { ErrorCode } from '../../src/api/errors.ts'
import {
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { startTestService } from './harness.ts'
import { describeKey } from './importing.ts'
import { createKeyFor, validInput } from './inputs.ts'
import { disconnectedStore } from './key-stores/inputs.ts'
import { connectStore, untilState } from './key-stores/scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

/** A custom key store, whose keys are unavailable while it is disconnected. */
const CustomKeyStoreId = await disconnectedStore(service)

const states = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
] as const
type State = (typeof states)[number]

/**
 * The Developer Guide's key state table, its footnotes by their numbers: a column for each of
 * `states`, `-` where no key that the operation is about can be in that state. `Creating` and
 * `Updating` are left out: no key is ever seen in them here. Operations that are newer than the table
 * stand at the end, GetPublicKey and GetKeyRotationStatus as AWS was seen to differ from it.
 */
const table: Readonly<Record<string, string>> = {
  CancelKeyDeletion: '4 4 ok ok 4 4',
  CreateAlias: 'ok ok 3 3 ok ok',
  CreateGrant: 'ok 1 3 3 5 ok',
  Decrypt: 'ok 1 3 3 5 11',
  DeleteAlias: 'ok ok ok ok ok ok',
  DeleteImportedKeyMaterial: 'ok ok ok ok ok 9',
  DescribeKey: 'ok ok ok ok ok ok',
  DisableKey: 'ok ok 3 3 5 ok',
  DisableKeyRotation: 'ok 1 3 3 6 7',
  EnableKey: 'ok ok 3 3 5 ok',
  EnableKeyRotation: 'ok 1 3 3 6 7',
  Encrypt: 'ok 1 3 3 5 11',
  GenerateDataKey: 'ok 1 3 3 5 11',
  GenerateDataKeyPair: 'ok 1 3 3 5 11',
  GenerateDataKeyPairWithoutPlaintext: 'ok 1 3 3 5 11',
  GenerateDataKeyWithoutPlaintext: 'ok 1 3 3 5 11',
  GenerateMac: 'ok 1 3 3 5 -',
  GetKeyPolicy: 'ok ok ok ok ok ok',
  GetKeyRotationStatus: 'ok ok ok ok ok 7',
  GetParametersForImport: 'ok ok 3 3 ok 9',
  GetPublicKey: 'ok ok 3 3 5 -',
  ImportKeyMaterial: 'ok ok 3 3 ok 9',
  ListAliases: 'ok ok ok ok ok ok',
  ListGrants: 'ok ok ok ok ok ok',
  ListKeyPolicies: 'ok ok ok ok ok ok',
  ListResourceTags: 'ok ok ok ok ok ok',
  PutKeyPolicy: 'ok ok ok ok ok ok',
  ReEncrypt: 'ok 1 3 3 5 11',
  ReplicateKey: 'ok 1 3 3 5 -',
  RetireGrant: 'ok ok ok ok ok ok',
  RevokeGrant: 'ok ok ok ok ok ok',
  ScheduleKeyDeletion: 'ok ok 3 3 ok ok',
  Sign: 'ok 1 3 3 5 -',
  TagResource: 'ok ok 3 3 ok ok',
  UntagResource: 'ok ok 3 3 ok ok',
  UpdateAlias: 'ok ok 3 3 ok ok',
  UpdateKeyDescription: 'ok ok 3 3 ok ok',
  UpdatePrimaryRegion: 'ok 1 - 3 5 -',
  Verify: 'ok 1 3 3 5 -',
  VerifyMac: 'ok 1 3 3 5 -',

  Decapsulate: 'ok 1 3 3 - -',
  DeriveSharedSecret: 'ok 1 3 3 5 -',
  Encapsulate: 'ok 1 3 3 - -',
  GetKeyLastUsage: 'ok ok ok ok ok ok',
  ListKeyRotations: 'ok ok ok ok ok 7',
  RotateKeyOnDemand: 'ok 1 3 3 5 7',
}

/** What a footnote of the table says, of keys in the state. */
const footnotes: Readonly<Record<string, (state: State) => readonly [ErrorCode, string]>> = {
  1: () => ['DisabledException', 'is disabled.'],
  3: (state) => [
    'KMSInvalidStateException',
    state === 'PendingDeletion' ? 'is pending deletion.' : 'is pending replica deletion.',
  ],
  4: () => ['KMSInvalidStateException', 'is not pending deletion.'],
  5: () => ['KMSInvalidStateException', 'is pending import.'],
  6: () => originNotValid('EXTERNAL'),
  7: () => originNotValid('AWS_CLOUDHSM'),
  9: () => originNotValid('AWS_CLOUDHSM'),
  11: () => ['KMSInvalidStateException', 'is unavailable.'],
}
const originNotValid = (origin: string) =>
  [
    'UnsupportedOperationException',
    `origin is ${origin} which is not valid for this operation.`,
  ] as const

/** What a key has to be so that it can be brought into the state. */
const kinds: { readonly [S in State]?: object } = {
  PendingReplicaDeletion: { MultiRegion: true },
  PendingImport: { Origin: 'EXTERNAL' },
  Unavailable: { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId },
}

const bring = async ({ KeyId, KeyState }: KeyMetadata, state: State): Promise<void> => {
  if (KeyState === state) return
  if (state === 'Disabled') succeededEmpty(await call('DisableKey', { KeyId }))
  if (state === 'PendingReplicaDeletion')
    await call('ReplicateKey', { KeyId, ReplicaRegion: 'us-west-2' })
  if (state === 'PendingDeletion' || state === 'PendingReplicaDeletion')
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
  if (state === 'PendingImport') succeeded(await call('DeleteImportedKeyMaterial', { KeyId }))
  if (state === 'Unavailable') await disconnectStore(CustomKeyStoreId)
  assert.equal(await stateOf(KeyId), state)
}

const disconnectStore = async (id: string): Promise<void> => {
  succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: id }))
  await untilState({ service }, id, 'DISCONNECTED')
}

const stateOf = async (KeyId: string): Promise<string> =>
  (await describeKey(service, { KeyId })).KeyState

/** With the key named where AWS finds it by its ciphertext, which says nothing of a lost key. */
const namedInput = async (name: OperationName, key: KeyMetadata): Promise<object> => {
  const input = await validInput(service, name, key)
  if (name === 'Decrypt') return { ...input, KeyId: key.KeyId }
  if (name === 'ListAliases') return { KeyId: key.KeyId }
  return name === 'ReEncrypt' ? { ...input, SourceKeyId: key.KeyId } : input
}

const rows = (Object.entries(operations) as [OperationName, Operation][]).filter(
  ([name, { authorize }]) => authorize[0]?.resource.of !== 'account' || name === 'ListAliases',
)

describe('the key state table', () => {
  it('has a row for each operation that is about a key, and no other', () => {
    assert.deepEqual(Object.keys(table).toSorted(), rows.map(([name]) => name).toSorted())
  })

  for (const [name, { changes }] of rows)
    for (const [at, outcome] of (table[name] ?? '').split(' ').entries()) {
      const state = states[at]
      if (state === undefined || outcome === '-') continue
      it(`holds for ${name} of a key that is ${state}`, async () => {
        if (state === 'Unavailable') await connectStore({ service }, CustomKeyStoreId)
        const key = await createKeyFor(service, name, kinds[state])
        // What cannot be imported into this key is made for another one.
        const imports = outcome === '9' ? await createKeyFor(service, name) : key
        const input = {
          ...(await namedInput(name, imports)),
          ...(outcome === '9' && { KeyId: key.KeyId }),
        }
        await bring(key, state)
        const reply = await call(name, input)
        const footnote = footnotes[outcome]?.(state)
        if (footnote === undefined) assert.equal(reply.status, 200, reply.text)
        else refused(reply, footnote[0], `${key.Arn} ${footnote[1]}`)
        if (footnote !== undefined || !changes) assert.equal(await stateOf(key.KeyId), state)
      })
    }
})

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

  it('is told to whoever names the key, though its material is gone', async () => {
    const key = await createKeyFor(service, 'Decrypt', { Origin: 'EXTERNAL' })
    const input = { KeyId: key.KeyId, CiphertextBlob: await encrypt(service, { KeyId: key.KeyId }) }
    await bring(key, 'PendingDeletion')
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    const text = `${key.Arn} is pending deletion.`
    refused(await call('Decrypt', input), 'KMSInvalidStateException', text)
  })
})
