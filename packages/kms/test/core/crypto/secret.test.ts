import assert from 'node:assert/strict'
import { format, inspect } from 'node:util'
import { test } from 'node:test'
import { utf8 } from '../../../src/core/crypto/bytes.ts'
import { Secret } from '../../../src/core/crypto/secret.ts'

const printers: Record<string, (secret: Secret) => string> = {
  'as a string': String,
  joined: (secret) => [secret].join(),
  'as JSON': (secret) => JSON.stringify({ secret }),
  inspected: (secret) => inspect({ secret }, { showHidden: true, depth: 9 }),
  formatted: (secret) => format('%s %o %j', secret, secret, secret),
}
for (const [name, print] of Object.entries(printers))
  test(`a secret does not show itself ${name}`, () => {
    const text = print(new Secret(utf8('hunter2!')))
    assert.match(text, /\[secret\]/)
    assert.doesNotMatch(text, /hunter|104|6875|aHVu/)
  })

test('a secret exposes the very bytes it was given, and zeroes them when disposed of', () => {
  const bytes = utf8('hunter2!')
  {
    using secret = new Secret(bytes)
    assert.equal(secret.expose(), bytes)
    assert.equal(secret.length, 8)
  }
  assert.deepEqual(bytes, new Uint8Array(8))
})
