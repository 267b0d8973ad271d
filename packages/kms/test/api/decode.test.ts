import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeBase64, decodeInput } from '../../src/api/decode.ts'
import { encodeOutput } from '../../src/api/encode.ts'
import { KmsError } from '../../src/api/errors.ts'
import { parseJson } from '../../src/api/json.ts'
import type { OperationName } from '../../src/api/operations.ts'

const decode = <N extends OperationName>(name: N, body: object) =>
  decodeInput(name, parseJson(Buffer.from(JSON.stringify(body))))

const refuses = (name: OperationName, body: object, code: string, message?: string): void => {
  assert.throws(
    () => decode(name, body),
    (error: unknown) => {
      assert(error instanceof KmsError)
      assert.equal(error.code, code)
      if (message !== undefined) assert.equal(error.message, message)
      return true
    },
  )
}

describe('an input', () => {
  test('decodes into bytes, maps, numbers and lists', () => {
    const input = decode('Encrypt', {
      KeyId: 'alias/a',
      Plaintext: 'AAEC',
      EncryptionContext: { b: '2', a: '1' },
      DryRun: false,
    })
    assert.deepEqual([...input.Plaintext], [0, 1, 2])
    assert.deepEqual(
      [...(input.EncryptionContext ?? [])],
      [
        ['b', '2'],
        ['a', '1'],
      ],
    )
    assert.equal(input.DryRun, false)
  })

  test('treats null as absent', () => {
    assert.deepEqual(decode('ListKeys', { Limit: null, Marker: null, Nonsense: null }), {})
  })

  test('names every violation at once, in the words of AWS', () => {
    refuses(
      'Encrypt',
      { KeyId: '' },
      'ValidationException',
      "2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must " +
        "have length greater than or equal to 1; Value null at 'plaintext' failed to satisfy " +
        'constraint: Member must not be null',
    )
  })

  test('never repeats a plaintext or a token', () => {
    refuses(
      'Encrypt',
      { KeyId: 'k', Plaintext: Buffer.alloc(4097, 'secret').toString('base64') },
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must " +
        'have length less than or equal to 4096',
    )
    refuses(
      'DescribeKey',
      { KeyId: 'k', GrantTokens: [''] },
      'ValidationException',
      "1 validation error detected: Value at 'grantTokens.1.member' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    )
  })

  test('names members of lists by place and small letters', () => {
    refuses(
      'CreateKey',
      {
        Tags: [
          { TagKey: 'a', TagValue: '' },
          { TagKey: 'b'.repeat(129), TagValue: 'c' },
        ],
      },
      'ValidationException',
      `1 validation error detected: Value '${'b'.repeat(129)}' at 'tags.2.member.tagKey' failed to ` +
        'satisfy constraint: Member must have length less than or equal to 128',
    )
  })

  test('cuts a long value short before it repeats it', () => {
    const long = 'x'.repeat(10_000)
    assert.throws(
      () => decode('UpdateKeyDescription', { KeyId: 'k', Description: long }),
      (error: unknown) => error instanceof KmsError && error.message.length < 1300,
    )
  })

  test('binds patterns to the whole value', () => {
    refuses(
      'CreateAlias',
      { AliasName: 'alias/a b', TargetKeyId: 'k' },
      'ValidationException',
      "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    )
    refuses('CreateAlias', { AliasName: 'alias/a\n', TargetKeyId: 'k' }, 'ValidationException')
  })

  test('of the wrong type is a SerializationException', () => {
    refuses('Encrypt', { KeyId: 1, Plaintext: 'AA==' }, 'SerializationException')
    refuses('Encrypt', { KeyId: 'k', Plaintext: 'A' }, 'SerializationException')
    refuses('Encrypt', { KeyId: 'k', Plaintext: [] }, 'SerializationException')
    refuses('ListKeys', { Limit: '5' }, 'SerializationException')
    refuses('ListKeys', { Limit: 1.5 }, 'SerializationException')
    refuses('Encrypt', { EncryptionContext: { a: 1 } }, 'SerializationException')
    refuses('TagResource', { KeyId: 'k', Tags: { a: 'b' } }, 'SerializationException')
    refuses('TagResource', { KeyId: 'k', Tags: [null] }, 'SerializationException')
    refuses('CreateKey', { MultiRegion: 'true' }, 'SerializationException')
    assert.throws(() => decodeInput('ListKeys', []), { code: 'SerializationException' })
  })

  test('has times in whole milliseconds, as far as there are dates', () => {
    const input = (ValidTo: number) => ({
      KeyId: 'k',
      ImportToken: 'AA==',
      EncryptedKeyMaterial: 'AA==',
      ValidTo,
    })
    for (const [seconds, ms] of [
      [1_800_000_000, 1_800_000_000_000],
      [1_800_000_000.123456, 1_800_000_000_123],
      [1.001, 1001],
      [8.64e12, 8.64e15],
    ] as const)
      assert.equal(decode('ImportKeyMaterial', input(seconds)).ValidTo, ms)
    for (const seconds of [8.64e12 + 1, -1e300])
      refuses('ImportKeyMaterial', input(seconds), 'SerializationException')
  })

  test('with a member that is not built, or that nobody knows, is refused', () => {
    const GranteeServicePrincipal = 's3.amazonaws.com'
    refuses('CreateGrant', { GranteeServicePrincipal }, 'UnsupportedOperationException')
    refuses('Encrypt', { Nonce: 'AAAA' }, 'UnsupportedOperationException')
    refuses('Encrypt', { ['__proto__' as string]: 1, toString: 1 }, 'UnsupportedOperationException')
  })
})

test('base64 is the standard alphabet with its padding, and nothing else', () => {
  assert.deepEqual(decodeBase64(''), Buffer.alloc(0))
  assert.deepEqual(decodeBase64('+/+/'), Buffer.from([0xfb, 0xff, 0xbf]))
  for (const text of ['A', 'AA', 'AAA', 'AA=A', '-_-_', 'AA A', 'AAA\n', '====', 'A===', '=AAA'])
    assert.equal(decodeBase64(text), undefined, text)
})

test('an output has its members in the order of the row, and no absent one', () => {
  const text = encodeOutput('Decrypt', {
    Plaintext: Uint8Array.of(1),
    KeyId: 'arn:aws:kms:us-east-1:000000000000:key/x',
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    KeyMaterialId: undefined,
  })
  assert.equal(
    text,
    '{"KeyId":"arn:aws:kms:us-east-1:000000000000:key/x","Plaintext":"AQ==",' +
      '"EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}',
  )
  assert.equal(encodeOutput('EnableKey', undefined), undefined)
})
