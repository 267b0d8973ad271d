import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { toHex } from '../../core/crypto/bytes.ts'
import { unwrapSecret, type WrapPlace, wrappingKeyOf, wrapSecret } from '../../core/crypto/wrap.ts'
import type { Random, Seal } from '../../core/ports.ts'

const keyBytes = 32

/**
 * Reads a key file: exactly 32 bytes, in a regular file that nobody but its owner may read, as a
 * systemd credential is. Links are followed, for orchestrators mount secrets as links. `undefined`:
 * there is none. The caller zeroes the bytes.
 */
export const readKeyFile = async (path: string): Promise<Uint8Array | undefined> => {
  const file = await openExisting(path)
  if (file === undefined) return undefined
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error(`the seal key file ${path} is not a regular file`)
    if ((stat.mode & 0o077) !== 0)
      throw new Error(
        `the seal key file ${path} may be read by others than its owner: run chmod 600 on it`,
      )
    const bytes = new Uint8Array(keyBytes + 1)
    const { bytesRead } = await file.read(bytes, 0, keyBytes + 1, 0)
    if (bytesRead !== keyBytes)
      throw new Error(`the seal key file ${path} has to hold exactly ${keyBytes} bytes`)
    const key = bytes.slice(0, keyBytes)
    bytes.fill(0)
    return key
  } finally {
    await file.close()
  }
}

const openExisting = async (path: string) => {
  try {
    return await open(path, constants.O_RDONLY)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`the seal key file ${path} cannot be read`, { cause: error })
  }
}

/** Makes a key file that never existed. It is on disk, its name too, when the promise resolves. */
export const createKeyFile = async (path: string, random: Random): Promise<Uint8Array> => {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const key = random.bytes(keyBytes)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await open(path, flags, 0o600)
  try {
    await file.write(key)
    await file.sync()
  } finally {
    await file.close()
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

/** A seal that wraps the root key under a key file's bytes; it keeps none of them. */
export const keyFileSeal = (key: Uint8Array): Seal => {
  const id = Buffer.from(hash('sha256', Buffer.concat([keyIdLabel, key]), 'hex'), 'hex')
  const wrapping = wrappingKeyOf(id.subarray(0, 16), key)
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
  return {
    kind: 'key-file',
    wrap: (rootKey, aad, random) =>
      Promise.resolve(wrapSecret(wrapping, 'root', placeOf(aad), rootKey, random)),
    unwrap: (wrapped, aad) => {
      const root = unwrapSecret(wrapping, 'root', placeOf(aad), wrapped)
      if (root === undefined)
        return Promise.reject(new Error('the seal key file is not the one that sealed this data'))
      return Promise.resolve(root)
    },
  }
}

const keyIdLabel = Buffer.from('keyhold/seal/key-file/id/v1\0')
