import { createPrivateKey, type KeyObject } from 'node:crypto'
import { generateKeyPair } from '../../../src/core/crypto/asymmetric/key-pairs.ts'
import { runKeyTask } from '../../../src/core/crypto/asymmetric/key-task.ts'
import type { KeyWork } from '../../../src/core/ports.ts'

/** A wrapping key pair as GetParametersForImport makes it. */
export type WrappingKeyPair = {
  readonly publicKey: Uint8Array
  readonly pkcs8: Uint8Array
  readonly privateKey: KeyObject
}

export const newWrappingKeyPair = (): WrappingKeyPair => {
  const { publicKey, privateKey: pkcs8 } = generateKeyPair('RSA_2048')
  const key = Buffer.from(pkcs8)
  return { publicKey, pkcs8, privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }) }
}

/** Does everything at once, where it is called. */
export const keyWorkHere: KeyWork = {
  run: (task) => Promise.resolve().then(() => runKeyTask(task)),
  generateKeyPair: (spec) => Promise.resolve().then(() => generateKeyPair(spec)),
}
