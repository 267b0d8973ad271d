import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { fromHex, toHex } from '../../../../src/core/crypto/bytes.ts'
import { type OaepAlgorithm, runDecrypt } from '../../../../src/core/crypto/asymmetric/oaep.ts'
import { readVectors } from '../../../wycheproof.ts'

type File = {
  readonly testGroups: readonly {
    readonly privateKeyPkcs8: string
    readonly tests: readonly {
      readonly tcId: number
      readonly result: string
      readonly msg: string
      readonly ct: string
      readonly label: string
    }[]
  }[]
}

const files: readonly {
  readonly file: string
  readonly algorithm: OaepAlgorithm
  /** Vectors with a label; of the others, these files have 10 that are valid and 19 that are not. */
  readonly labelled: number
}[] = [
  { file: '2048_sha1_mgf1sha1', algorithm: 'RSAES_OAEP_SHA_1', labelled: 7 },
  { file: '2048_sha256_mgf1sha256', algorithm: 'RSAES_OAEP_SHA_256', labelled: 8 },
  { file: '3072_sha256_mgf1sha256', algorithm: 'RSAES_OAEP_SHA_256', labelled: 8 },
  { file: '4096_sha256_mgf1sha256', algorithm: 'RSAES_OAEP_SHA_256', labelled: 8 },
]

for (const { file, algorithm, labelled } of files)
  test(`${algorithm} decrypts the Wycheproof vectors of ${file} without a label, and no others`, () => {
    const { testGroups } = readVectors(`rsa_oaep_${file}`) as File
    const found: Record<string, number> = {}
    for (const { privateKeyPkcs8, tests } of testGroups) {
      const key = Buffer.from(fromHex(privateKeyPkcs8))
      const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
      for (const { tcId, result, msg, ct, label } of tests) {
        // AWS KMS has no label: what was encrypted with one is no ciphertext here.
        const kind = label === '' ? result : 'labelled'
        const plaintext = runDecrypt({
          kind: 'decrypt',
          privateKey,
          algorithm,
          ciphertext: fromHex(ct),
        })
        assert.equal(plaintext && toHex(plaintext), kind === 'valid' ? msg : undefined, `${tcId}`)
        found[kind] = (found[kind] ?? 0) + 1
      }
    }
    assert.deepEqual(found, { valid: 10, labelled, invalid: 19 })
  })
