import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { answers } from './answers.ts'
import { kms, startFakeService, type FakeService } from './fake-service.ts'

// The expected texts are those of AWS's command line, version 2, over the same answers.

let service: FakeService
const zone = process.env['TZ']
before(async () => {
  process.env['TZ'] = 'UTC'
  service = await startFakeService(answers)
})
after(async () => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
  await service.close()
})

const prints = async (args: readonly string[], expected: string): Promise<void> => {
  const ran = await kms(service, args)
  assert.deepEqual(ran, { code: 0, stdout: expected, stderr: '' })
}

test('JSON has four spaces, the order of the row, and instants in ISO 8601', () =>
  prints(
    ['list-aliases'],
    `{
    "Aliases": [
        {
            "AliasName": "alias/a",
            "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/a",
            "TargetKeyId": "k0",
            "CreationDate": "2026-11-24T00:19:59.123000+00:00",
            "LastUpdatedDate": "2026-11-24T00:19:59+00:00"
        },
        {
            "AliasName": "alias/b",
            "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/b"
        }
    ]
}
`,
  ))

test('text has a line per structure, its columns sorted and those that lack a value empty', () =>
  prints(
    ['list-aliases', '--output', 'text'],
    'ALIASES\tarn:aws:kms:us-east-1:111122223333:alias/a\talias/a\t' +
      '2026-11-24T00:19:59.123000+00:00\t2026-11-24T00:19:59+00:00\tk0\n' +
      'ALIASES\tarn:aws:kms:us-east-1:111122223333:alias/b\talias/b\t\t\t\n',
  ))

test('text puts nested lists on lines of their own', () =>
  prints(
    ['describe-key', '--key-id', 'x', '--output', 'text'],
    'KEYMETADATA\t111122223333\t' +
      'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\t' +
      '2026-11-24T00:19:59.123000+00:00\t\tTrue\t1234abcd-12ab-34cd-56ef-1234567890ab\t' +
      'CUSTOMER\tSYMMETRIC_DEFAULT\tEnabled\tENCRYPT_DECRYPT\tFalse\tAWS_KMS\n' +
      'ENCRYPTIONALGORITHMS\tSYMMETRIC_DEFAULT\n',
  ))

test('a table draws a box in a box', () =>
  prints(
    ['list-resource-tags', '--key-id', 'x', '--output', 'table'],
    `--------------------------
|    ListResourceTags    |
+------------------------+
||         Tags         ||
|+---------+------------+|
|| TagKey  | TagValue   ||
|+---------+------------+|
||  team   |  x y       ||
||  b      |            ||
|+---------+------------+|
`,
  ))

test('a table gives two columns to what is wide, and to what may be', () =>
  prints(
    ['list-keys', '--limit', '1', '--output', 'table', '--query', 'Keys[].{a:`"aé漢ü"`,b:`"ö"`}'],
    `------------------
|    ListKeys    |
+----------+-----+
|     a    |  b  |
+----------+-----+
|  aé漢ü |  ö  |
+----------+-----+
`,
  ))

test('a table of one row that is wider than the terminal stands upright', async () => {
  const ran = await kms(service, ['describe-key', '--key-id', 'x', '--output', 'table'])
  assert.match(ran.stdout, /^\|\| {2}AWSAccountId\| {2}111122223333 +\|\|$/m)
  assert.match(ran.stdout, /^\|\|\| {2}SYMMETRIC_DEFAULT +\|\|\|$/m)
})

test('YAML has sorted names and sequences that are not indented', () =>
  prints(
    ['list-aliases', '--output', 'yaml'],
    `Aliases:
- AliasArn: arn:aws:kms:us-east-1:111122223333:alias/a
  AliasName: alias/a
  CreationDate: '2026-11-24T00:19:59.123000+00:00'
  LastUpdatedDate: '2026-11-24T00:19:59+00:00'
  TargetKeyId: k0
- AliasArn: arn:aws:kms:us-east-1:111122223333:alias/b
  AliasName: alias/b
`,
  ))

test('a YAML stream has a document entry for each page, with all that the page holds', () =>
  prints(
    ['list-keys', '--page-size', '4', '--max-items', '5', '--output', 'yaml-stream'],
    `- Keys:
${[0, 1, 2, 3].map((i) => `  - KeyArn: arn:aws:kms:us-east-1:111122223333:key/k${i}\n    KeyId: k${i}\n`).join('')}  NextMarker: '4'
  Truncated: true
- Keys:
  - KeyArn: arn:aws:kms:us-east-1:111122223333:key/k4
    KeyId: k4
  Truncated: false
`,
  ))

test('an operation without an answer prints nothing in any format', async () => {
  for (const format of ['json', 'text', 'table', 'yaml', 'yaml-stream']) {
    await prints(['disable-key', '--key-id', 'x', '--output', format], '')
  }
})

test('a query that finds nothing prints null, or None in text', async () => {
  await prints(['disable-key', '--key-id', 'x', '--query', 'KeyId'], 'null\n')
  await prints(['disable-key', '--key-id', 'x', '--query', 'KeyId', '--output', 'text'], 'None\n')
})

test('a query selects a bare value for scripts', () =>
  prints(
    ['decrypt', '--ciphertext-blob', 'AQID', '--query', 'Plaintext', '--output', 'text'],
    'aGVsbG8=\n',
  ))

test('a query is applied to the joined pages, but page by page in text', async () => {
  await prints(['list-keys', '--query', 'length(Keys)'], '7\n')
  await prints(['list-keys', '--query', 'length(Keys)', '--output', 'text'], '3\n3\n1\n')
})

test('lists of lists are rows of a table and lines of a text', async () => {
  const query = ['--max-items', '1', '--query', 'Keys[].[KeyId,KeyArn]']
  await prints(
    ['list-keys', ...query, '--output', 'table'],
    `-----------------------------------------------------
|                     ListKeys                      |
+----+----------------------------------------------+
|  k0|  arn:aws:kms:us-east-1:111122223333:key/k0   |
+----+----------------------------------------------+
`,
  )
  await prints(
    ['list-keys', ...query, '--output', 'text'],
    'k0\tarn:aws:kms:us-east-1:111122223333:key/k0\nNone\n',
  )
})

test('a bare text is printed as JSON, in YAML too', async () => {
  await prints(['list-keys', '--query', 'Keys[0].KeyId'], '"k0"\n')
  await prints(['list-keys', '--query', 'Keys[0].KeyId', '--output', 'yaml'], '"k0"\n')
})

test('the local offset follows an instant', async () => {
  process.env['TZ'] = 'Asia/Kolkata'
  try {
    const query = ['--query', 'Aliases[0].CreationDate', '--output', 'text']
    await prints(['list-aliases', ...query], '2026-11-24T05:49:59.123000+05:30\n')
  } finally {
    process.env['TZ'] = 'UTC'
  }
})
