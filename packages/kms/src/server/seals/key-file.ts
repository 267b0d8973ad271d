import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { concatBytes, fromHex, toHex, utf8 } from '../../core/crypto/bytes.ts'
import {
  unwrapSecret,
  type WrapPlace,
  type WrappingKey,
  wrappingKeyOf,
  wrapSecret,
} from '../../core/crypto/wrap.ts'
import type { Random, Seal } from '../../core/ports.ts'
import { makeDirectory } from '../make-directory.ts'
import { readPrivateFile } from '../private-file.ts'

const keyBytes = 32

/**
 * Reads a key file: exactly 32 bytes that nobody but their owner may read. `undefined`: there is
 * none. The caller zeroes the bytes.
 */
export const readKeyFile = async (path: string): Promise<Uint8Array | undefined> => {
  const key = await readPrivateFile(path, 'the seal key file', keyBytes + 1)
  if (key === undefined || key.length === keyBytes) return key
  key.fill(0)
  throw new Error(`the seal key file ${path} has to hold exactly ${keyBytes} bytes`)
}

/**
 * Makes a key file that never existed. It is on disk, whole, and its name too, when the promise
 * resolves; a start that dies in the middle leaves none.
 */
export const createKeyFile = async (path: string, random: Random): Promise<Uint8Array> => {
  const directory = dirname(path)
  await makeDirectory(directory)
  const key = random.bytes(keyBytes)
  const fresh = `${path}.${random.uuid()}`
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await open(fresh, flags, 0o600)
  try {
    await file.write(key)
    await file.sync()
  } finally {
    await file.close()
  }
  // Unlike a rename, a link never replaces a key that is there.
  try {
    await link(fresh, path)
  } finally {
    await unlink(fresh)
  }
  await syncDirectory(directory)
  await syncDirectory(dirname(directory))
  return key
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** A seal that wraps the root key under a key file's bytes, of which it keeps none. */
export const keyFileSeal = (key: Uint8Array): Seal => {
  let wrapping: WrappingKey | undefined = wrappingKeyOf(keyIdOf(key), key)
  const requireKey = (): WrappingKey => {
    if (wrapping === undefined) throw new TypeError('the seal is closed')
    return wrapping
  }
  return {
    kind: 'key-file',
    wrap: (rootKey, aad, random) =>
      Promise.resolve(wrapSecret(requireKey(), 'root', placeOf(aad), rootKey, random)),
    unwrap: (wrapped, aad) => {
      const root = unwrapSecret(requireKey(), 'root', placeOf(aad), wrapped)
      if (root === undefined)
        return Promise.reject(new Error('the seal key file is not the one that sealed this data'))
      return Promise.resolve(root)
    },
    close: () => {
      wrapping = undefined
    },
  }
}

const placeOf = (aad: Uint8Array): WrapPlace => ({
  clusterId: '',
  table: 'seal_slot',
  rowId: toHex(aad),
  account: '',
  region: '',
  keyId: '',
  materialId: '',
  purpose: 'root',
  spec: '',
})

const keyIdLabel = utf8('keyhold/seal/key-file/id/v1\0')

/** Names the key in what it wraps; tells nothing of it. */
const keyIdOf = (key: Uint8Array): Uint8Array => {
  const labelled = concatBytes(keyIdLabel, key)
  const id = fromHex(hash('sha256', labelled, 'hex').slice(0, 32))
  labelled.fill(0)
  return id
}
