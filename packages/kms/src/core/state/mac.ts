import { createHmac, hash, type Hmac, type KeyObject } from 'node:crypto'
import type { ChangeEntry, Row, TableName } from '../ports.ts'

/** What authenticates the state: an HMAC key of 32 bytes, and the number under which it is known. */
export type StateKey = { readonly version: number; readonly key: KeyObject }

type Field = string | number | Uint8Array | undefined

const macBytes = 36

/**
 * The MAC of a row over everything else in it: u32be(key version) ‖ HMAC-SHA-256. Ids and parents
 * must be well-formed strings, numbers safe integers; it throws a `TypeError` for anything else.
 */
export const rowMac = (stateKey: StateKey, row: Omit<Row, 'mac'>): Uint8Array =>
  versioned(stateKey, 'keyhold/state/row/v1', [
    row.table,
    row.id,
    row.parent,
    row.dueAtMs,
    row.seq,
    row.content,
  ])

/**
 * What the change log holds in the place of a row's MAC when the row was removed. Without the key
 * nobody can make one, so that a row cannot be removed by whoever can only write the database.
 */
export const removalMac = (
  stateKey: StateKey,
  table: TableName,
  id: string,
  seq: number,
): Uint8Array => versioned(stateKey, 'keyhold/state/removal/v1', [table, id, seq])

/** The link of a change entry: HMAC-SHA-256 over the previous link and all that the entry says. */
export const entryLink = (
  stateKey: StateKey,
  previousLink: Uint8Array,
  entry: Omit<ChangeEntry, 'link'>,
): Uint8Array =>
  hmac(stateKey, 'keyhold/state/link/v1', [
    previousLink,
    entry.seq,
    entry.table,
    entry.id,
    entry.rowMac,
    entry.record === undefined ? undefined : hash('sha256', entry.record, 'buffer'),
  ])

/**
 * HMAC-SHA-256 over a checkpoint, which is still to come: a field that has no length, at the end of
 * the encoding, so that it can be longer than memory allows.
 */
export const checkpointMac = ({ key, version }: StateKey): Hmac =>
  createHmac('sha256', key).update(canon('keyhold/state/checkpoint/v1', [version]))

/** 32 characters that are hashed with what must not be chosen so that it shares a hash with others. */
export const rowHashSecret = (stateKey: StateKey): string =>
  Buffer.from(hmac(stateKey, 'keyhold/state/row-hash/v1', [])).toString('hex', 0, 16)

/** Whether two byte strings are the same, in a time that depends on their lengths only. */
export const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => {
  if (left.length !== right.length) return false
  let difference = 0
  for (let at = 0; at < left.length; at++) difference |= (left[at] ?? 0) ^ (right[at] ?? 0)
  return difference === 0
}

const versioned = (stateKey: StateKey, label: string, fields: readonly Field[]): Uint8Array => {
  const mac = new Uint8Array(macBytes)
  new DataView(mac.buffer).setUint32(0, stateKey.version)
  mac.set(hmac(stateKey, label, fields), 4)
  return mac
}

const hmac = (stateKey: StateKey, label: string, fields: readonly Field[]): Uint8Array => {
  // A Buffer may be a view of a shared pool; the copy is all that a store or a thread gets to see.
  const digest = createHmac('sha256', stateKey.key).update(canon(label, fields)).digest()
  return new Uint8Array(digest)
}

/**
 * One encoding per list of fields: for each, a byte for its kind (0 absent, 1 integer, 2 text,
 * 3 bytes), then i64be, or u32be length and the bytes (of UTF-8). The label is the first field.
 */
const canon = (label: string, fields: readonly Field[]): Uint8Array => {
  const all = [label, ...fields]
  const out = Buffer.allocUnsafe(all.reduce<number>((sum, field) => sum + sizeOf(field), 0))
  let at = 0
  for (const field of all) at = writeField(out, at, field)
  return out
}

const sizeOf = (field: Field): number => {
  if (field === undefined) return 1
  if (typeof field === 'number') return 9
  return 5 + (typeof field === 'string' ? Buffer.byteLength(field) : field.length)
}

const writeField = (out: Buffer, at: number, field: Field): number => {
  if (field === undefined) return out.writeUInt8(0, at)
  if (typeof field === 'number') {
    if (!Number.isSafeInteger(field)) throw new TypeError('not a safe integer')
    out.writeUInt8(1, at)
    out.writeInt32BE(Math.floor(field / 2 ** 32), at + 1)
    return out.writeUInt32BE(field >>> 0, at + 5)
  }
  if (typeof field === 'string') {
    // UTF-8 has no lone surrogates: two different ill-formed strings would encode to one.
    if (!field.isWellFormed()) throw new TypeError('not a well-formed string')
    const length = out.write(field, at + 5)
    out.writeUInt8(2, at)
    out.writeUInt32BE(length, at + 1)
    return at + 5 + length
  }
  out.writeUInt8(3, at)
  out.writeUInt32BE(field.length, at + 1)
  out.set(field, at + 5)
  return at + 5 + field.length
}
