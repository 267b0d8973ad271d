import assert from 'node:assert/strict'
import test, { after, before, beforeEach } from 'node:test'
import { answers } from './answers.ts'
import { exitCode, kms, startFakeService, type FakeService } from './fake-service.ts'

let service: FakeService
before(async () => {
  service = await startFakeService(answers)
})
beforeEach(() => {
  service.requests.length = 0
})
after(() => service.close())

const token = (json: string): string => Buffer.from(json).toString('base64')

const list = async (...args: string[]): Promise<{ ids: string[]; next: string | undefined }> => {
  const ran = await kms(service, ['list-keys', ...args])
  assert.equal(ran.code, 0, ran.stderr)
  const json = JSON.parse(ran.stdout) as { Keys: { KeyId: string }[]; NextToken?: string }
  return { ids: json.Keys.map((key) => key.KeyId), next: json.NextToken }
}

const asked = (): unknown[] => service.requests.map((request) => request.body)

test('all pages are read, and neither NextMarker nor Truncated is printed', async () => {
  const ran = await kms(service, ['list-keys'])
  assert.deepEqual(Object.keys(JSON.parse(ran.stdout) as object), ['Keys'])
  assert.deepEqual(asked(), [{}, { Marker: '3' }, { Marker: '6' }])
})

test('--max-items within a page gives a token that remembers how much of it was printed', async () => {
  const { ids, next } = await list('--max-items', '4')
  assert.deepEqual(ids, ['k0', 'k1', 'k2', 'k3'])
  assert.equal(next, 'eyJNYXJrZXIiOiAiMyIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IDF9')
})

test('--max-items at the end of a page gives a token of the marker alone', async () => {
  assert.equal((await list('--max-items', '3')).next, 'eyJNYXJrZXIiOiAiMyJ9')
})

test('--max-items of none or of all gives what it should', async () => {
  assert.deepEqual(await list('--max-items', '0'), {
    ids: [],
    next: token('{"Marker": null, "boto_truncate_amount": 0}'),
  })
  assert.equal((await list('--max-items', '7')).next, undefined)
})

test('--starting-token goes on where the token says', async () => {
  const start = token('{"Marker": "3", "boto_truncate_amount": 1}')
  const { ids, next } = await list('--starting-token', start, '--max-items', '1')
  assert.deepEqual(ids, ['k4'])
  assert.equal(next, token('{"Marker": "3", "boto_truncate_amount": 2}'))
})

test('walking by tokens sees every item once, whatever the step', async () => {
  for (const step of ['1', '2', '4', '5']) {
    const seen: string[] = []
    let next: string | undefined
    do {
      const start: string[] = next === undefined ? [] : ['--starting-token', next]
      const page = await list('--max-items', step, ...start)
      seen.push(...page.ids)
      next = page.next
    } while (next !== undefined)
    assert.deepEqual(seen, ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'])
  }
})

test('a token that is no token of ours is the marker of the service', async () => {
  assert.deepEqual((await list('--starting-token', '6')).ids, ['k6'])
  assert.deepEqual((await list('--starting-token', '3___2')).ids, ['k5', 'k6'])
})

test('--page-size is the limit of each call', async () => {
  await list('--page-size', '5')
  assert.deepEqual(asked(), [{ Limit: 5 }, { Limit: 5, Marker: '5' }])
})

test('--no-paginate, --limit, --marker and a document with a limit make one call alone', async () => {
  const own = [['--no-paginate'], ['--limit', '2'], ['--marker', '0']]
  for (const args of [...own, ['--cli-input-json', '{"Limit": 2}']]) {
    service.requests.length = 0
    const ran = await kms(service, ['list-keys', ...args])
    assert.equal((JSON.parse(ran.stdout) as { Truncated: boolean }).Truncated, true)
    assert.equal(service.requests.length, 1)
  }
})

test('pages that are both wished and refused are an error', async () => {
  const ran = await kms(service, ['list-keys', '--no-paginate', '--max-items', '2'])
  assert.deepEqual(ran, {
    code: exitCode.usage,
    stdout: '',
    stderr: '\nCannot specify --no-paginate along with pagination arguments: --max-items\n',
  })
})

test('text output ends with the token', async () => {
  const ran = await kms(service, ['list-keys', '--max-items', '1', '--output', 'text'])
  assert.equal(
    ran.stdout,
    'KEYS\tarn:aws:kms:us-east-1:111122223333:key/k0\tk0\n' +
      `NEXTTOKEN\t${token('{"Marker": null, "boto_truncate_amount": 1}')}\n`,
  )
})

test('a service that gives the same marker twice is not asked for ever', async () => {
  const broken = await startFakeService({
    ListKeys: { body: { Keys: [], Truncated: true, NextMarker: 'again' } },
  })
  try {
    const ran = await kms(broken, ['list-keys'])
    assert.equal(ran.code, exitCode.failure)
    assert.match(ran.stderr, /same next token was received twice/)
  } finally {
    await broken.close()
  }
})
