/** What is written and read: suites, frame lengths, plaintexts and contexts. */
import { randomBytes } from 'node:crypto'
import { suites as suiteTable } from '@keyhold/envelope'

export const suites = Object.values(suiteTable)
export const defaultSuite = suiteTable.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
export const unsignedSuite = suiteTable.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY

/** One policy lets suites without commitment be written, the other one those that have it. */
export const policyFor = (suite) =>
  suite.commits ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT'

const mebibyte = 2 ** 20

/** Bytes of plaintext that are worth trying with a frame length: none, whole frames, and a rest. */
const lengthsFor = {
  1: [0, 1, 7],
  512: [0, 511, 512, 1024, 1025],
  4096: [0, 4096, 8192, 10_000],
  65536: [0, 65_536, 131_072, 131_073],
  [mebibyte]: [0, 5, mebibyte, mebibyte + 1],
}

/** Every frame length with every one of its plaintexts. */
export const shapes = Object.entries(lengthsFor).flatMap(([frameLength, lengths]) =>
  lengths.map((bytes) => ({ frameLength: Number(frameLength), bytes })),
)

/** The same for a slow peer: each frame length once with whole frames, and once with a rest. */
export const fewShapes = [
  { frameLength: 1, bytes: 3 },
  { frameLength: 512, bytes: 0 },
  { frameLength: 512, bytes: 1025 },
  { frameLength: 4096, bytes: 8192 },
  { frameLength: 65_536, bytes: 65_537 },
  { frameLength: mebibyte, bytes: mebibyte },
]

const noise = randomBytes(2 * mebibyte)

/** Random bytes, the same ones for the same length. */
export const plaintextOf = (bytes) => noise.subarray(0, bytes)

export const context = { purpose: 'interoperation', größe: 'ü ✓' }

/**
 * Keys whose order differs by how they are compared: by the bytes of UTF-8, which is right, by
 * UTF-16 code units, or by a dictionary's rules.
 */
export const unsortedContext = {
  '\u{1F511}': 'beyond the basic plane',
  '\uFF5E': 'before it in UTF-8, behind it in UTF-16',
  a_b: '1',
  Z: 'before a, though not in a dictionary',
  aB: '2',
  __proto: '3',
}
