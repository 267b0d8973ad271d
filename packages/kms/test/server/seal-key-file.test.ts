import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createKeyFile, keyFileSeal, readKeyFile } from '../../src/server/seals/key-file.ts'
import { systemRandom } from '../../src/server/system.ts'

const scratch = mkdtempSync(join(tmpdir(), 'keyhold-test-'))
after(() => {
  rmSync(scratch, { recursive: true, force: true })
})
const random = systemRandom()
const aad = new TextEncoder().encode('here')

describe('a seal key file', () => {
  test('appears whole, for its owner alone, and nothing beside it', async () => {
    const path = join(scratch, 'made', 'key')
    const key = await createKeyFile(path, random)
    assert.deepEqual(new Uint8Array(readFileSync(path)), key)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(join(scratch, 'made')), ['key'])
  })

  test('is never replaced', async () => {
    const path = join(scratch, 'kept', 'key')
    const key = await createKeyFile(path, random)
    await assert.rejects(createKeyFile(path, random), { code: 'EEXIST' })
    assert.deepEqual(new Uint8Array(readFileSync(path)), key)
    assert.deepEqual(readdirSync(join(scratch, 'kept')), ['key'])
  })

  test('may be reached through a link', async () => {
    const path = join(scratch, 'linked', 'key')
    const key = await createKeyFile(path, random)
    symlinkSync(path, join(scratch, 'link'))
    assert.deepEqual(await readKeyFile(join(scratch, 'link')), key)
    assert.equal(await readKeyFile(join(scratch, 'none')), undefined)
  })
})

describe('the seal of a key file', () => {
  const root = random.bytes(32)

  test('opens what it sealed, in its place, with its own key', async () => {
    const key = random.bytes(32)
    const wrapped = await keyFileSeal(key).wrap(root, aad, random)
    assert.deepEqual(new Uint8Array(await keyFileSeal(key).unwrap(wrapped, aad)), root)
    await assert.rejects(keyFileSeal(random.bytes(32)).unwrap(wrapped, aad), /not the one/)
    await assert.rejects(keyFileSeal(key).unwrap(wrapped, root), /not the one/)
  })

  test('does nothing any more once it is closed', () => {
    const seal = keyFileSeal(random.bytes(32))
    seal.close()
    assert.throws(() => seal.wrap(root, aad, random), /closed/)
    assert.throws(() => seal.unwrap(root, aad), /closed/)
  })
})
