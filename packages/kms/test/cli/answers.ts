import type { Table } from './fake-service.ts'

export const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const keys = (from: number, to: number): unknown[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => ({
    KeyId: `k${from + i}`,
    KeyArn: `arn:aws:kms:us-east-1:111122223333:key/k${from + i}`,
  }))

/** Seven keys, three to a page unless the request says otherwise. */
const listKeys = (body: { Marker?: string; Limit?: number }) => {
  const from = Number(body.Marker ?? 0)
  const to = Math.min(7, from + (body.Limit ?? 3))
  const more = to < 7
  return {
    body: { Keys: keys(from, to), Truncated: more, ...(more ? { NextMarker: String(to) } : {}) },
  }
}

/** The answers that the golden outputs of these tests were recorded against. */
export const answers: Table = {
  Encrypt: (body: { KeyId?: string }) =>
    body.KeyId === 'missing'
      ? {
          status: 400,
          body: { __type: 'NotFoundException', message: "Key 'missing' does not exist" },
        }
      : {
          body: {
            CiphertextBlob: 'AQIDBA==',
            KeyId: keyArn,
            EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
          },
        },
  Decrypt: {
    body: { KeyId: keyArn, Plaintext: 'aGVsbG8=', EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  },
  GenerateRandom: { body: { Plaintext: 'aGVsbG8=' } },
  GenerateDataKey: { body: { CiphertextBlob: 'AQIDBA==', Plaintext: 'aGVsbG8=', KeyId: keyArn } },
  ListKeys: listKeys,
  ListKeyPolicies: { body: { PolicyNames: ['default'], Truncated: false } },
  ListAliases: {
    body: {
      Aliases: [
        {
          AliasName: 'alias/a',
          AliasArn: 'arn:aws:kms:us-east-1:111122223333:alias/a',
          TargetKeyId: 'k0',
          CreationDate: 1795479599.123,
          LastUpdatedDate: 1795479599,
        },
        { AliasName: 'alias/b', AliasArn: 'arn:aws:kms:us-east-1:111122223333:alias/b' },
      ],
      Truncated: false,
    },
  },
  ListResourceTags: {
    body: {
      Tags: [
        { TagKey: 'team', TagValue: 'x y' },
        { TagKey: 'b', TagValue: '' },
      ],
      Truncated: false,
    },
  },
  DescribeKey: {
    body: {
      KeyMetadata: {
        AWSAccountId: '111122223333',
        KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
        Arn: keyArn,
        CreationDate: 1795479599.123,
        Enabled: true,
        Description: '',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
      },
    },
  },
  ScheduleKeyDeletion: {
    body: {
      KeyId: keyArn,
      DeletionDate: 1798070400,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
    },
  },
  CreateKey: { body: { KeyMetadata: {} } },
  DisableKey: {},
  TagResource: {},
  UntagResource: {},
  PutKeyPolicy: {},
  UpdateKeyDescription: {},
}
