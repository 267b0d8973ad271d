import assert from 'node:assert/strict'
import * as envelope from '@keyhold/envelope'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/envelope.md')

/** The rows of the table whose heading is `first`, cell by cell. */
const tableOf = (first: string): readonly (readonly string[])[] => {
  const lines = page.split('\n')
  const from = lines.findIndex((line) => line.startsWith(`| ${first} |`))
  assert.ok(from > 0, `there is no table of ${first}`)
  const rows = lines.slice(from + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe('the page on envelope encryption', () => {
  test('has the codes of all errors, and no other', () => {
    const source = read('packages/envelope/src/errors.ts')
    const codes = [...source.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code = '']) => `\`${code}\``)
    assert.ok(codes.length > 0)
    assert.deepEqual(
      tableOf('code').map(([code]) => code),
      codes,
    )
  })

  test('says of every keyring when to choose it', () => {
    const told = tableOf('keyring')
      .map(([names = '']) => names)
      .join(' ')
    const keyrings = Object.keys(envelope).filter((name) => name.endsWith('Keyring'))
    assert.ok(keyrings.length > 0)
    for (const name of keyrings) assert.ok(told.includes(`\`${name}\``), name)
    assert.equal(told.match(/`/g)?.length, 2 * keyrings.length)
  })

  test('names every option of the cache', () => {
    const told = tableOf('option').map(([name = '']) => name.split('`')[1])
    const options = ['maxAgeSeconds', 'maxMessagesEncrypted', 'maxBytesEncrypted', 'capacity']
    assert.deepEqual(told, [...options, 'refreshAheadSeconds'])
  })

  test('counts calls and exposure as the cache does', async () => {
    for (const [age = '', messages = '', calls = '', exposed = ''] of tableOf('maximum age')) {
      const counted = await tenMinutes(Number.parseFloat(age), Number.parseFloat(messages))
      const figures = [calls, exposed].map((cell) => Number(cell.replaceAll(',', '')))
      assert.deepEqual(figures, [counted.calls * 6, counted.messagesMax], `${age}, ${messages}`)
    }
  })

  test('tells the frame length that is used', () => {
    const row = tableOf('where').find(([where]) => where === 'the default frame length')
    assert.equal(row?.[2], `${envelope.defaultFrameLength.toLocaleString('en')} bytes`)
  })

  test('and the package’s own page name everything that the package exports', () => {
    const pages = page + read('packages/envelope/README.md')
    for (const name of Object.keys(envelope))
      assert.ok(new RegExp(`\\b${name}\\b`).test(pages), name)
  })
})

/** Ten messages a second; a limit that is no number is none, and no age is no cache. */
const tenMinutes = async (maxAgeSeconds: number, maxMessages: number) => {
  let nowMs = 0
  const keyring = envelope.rawAesKeyring({ namespace: 'n', name: 'k', key: new Uint8Array(32) })
  using cache = new envelope.LocalCryptoMaterialsCache({ capacity: 10 })
  const manager = envelope.cachingManager({
    keyring,
    cache,
    clock: { nowMs: () => nowMs },
    maxAgeSeconds: Number.isNaN(maxAgeSeconds) ? 0.001 : maxAgeSeconds,
    maxMessagesEncrypted: Number.isNaN(maxMessages) ? undefined : maxMessages,
  })
  const uses = new Map<string, number>()
  for (; nowMs < 600_000; nowMs += 100) {
    const { dataKey, settle } = await manager.encryptionMaterials({
      context: new Map(),
      suite: envelope.suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
      commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
      plaintextBytes: 1,
      maxEncryptedDataKeys: undefined,
    })
    const key = Buffer.from(dataKey).toString('hex')
    uses.set(key, (uses.get(key) ?? 0) + 1)
    settle?.(1)
  }
  return { calls: manager.stats().calls, messagesMax: Math.max(...uses.values()) }
}
