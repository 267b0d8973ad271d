import { KmsError } from '../../api/errors.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
import {
  assembleBlob,
  decryptDouble,
  encryptInner,
  outerAad,
  outerOf,
} from '../../core/crypto/double-blob.ts'
import type { CommittedBlob } from '../../core/crypto/blob.ts'
import { callerFact } from '../../core/identity/access.ts'
import { BackendError, type Errand } from '../../core/key-stores/backend.ts'
import type { KeyStore } from '../../core/key-stores/key-store.ts'
import type { OuterKey } from '../../core/key-stores/outer-key.ts'
import type { Key } from '../../core/keys/key.ts'
import type { Call } from '../call.ts'
import type { Cipher } from '../ciphers.ts'
import { dryRunSucceeded } from '../dry-run.ts'
import { requireStore } from '../handlers/key-stores.ts'

/** For whom the backend of a store is asked. A session is told by the ARN of its role. */
export const errandOf = ({ caller, operation, origin }: Call, key?: Key): Errand => {
  const arn = callerFact(caller)('principalArn')
  return {
    principalArn: typeof arn === 'string' ? arn : caller.arn,
    ...(key === undefined ? {} : { keyArn: key.arn }),
    operation,
    requestId: origin.requestId,
  }
}

/**
 * A key of a custom key store: what it encrypts is encrypted here, and then once more by what keeps
 * its outer key. The audit log has the intent before anything is sent there, and a dry run ends
 * before.
 */
export const outerCipher = (
  call: Call,
  key: Key,
  { customKeyStoreId, keyId }: OuterKey,
  context: ReadonlyMap<string, string> | undefined,
  isDryRun: boolean,
): Cipher => {
  const canon = canonicalContext(context)
  const { region, account } = key.record
  const store = requireStore(call, customKeyStoreId, { region, account })
  const errand = errandOf(call, key)
  return {
    algorithm: 'SYMMETRIC_DEFAULT',
    async encrypt(plaintext) {
      const { material } = await call.directory.currentMaterial(key)
      const { header, inner } = encryptInner(material, call.nonces, plaintext, canon)
      if (isDryRun) throw dryRunSucceeded()
      await call.intend()
      const aad = outerAad(header, canon)
      const outer = await store.use('asUse', (backend) =>
        backend.encrypt(keyId, inner, aad, errand),
      )
      return { ciphertext: assembleBlob(header, outer) }
    },
    async decrypt({ committed }) {
      if (committed === undefined) throw dryRunSucceeded()
      const { bytes } = committed.parsed
      const outer = outerOf(committed.parsed)
      if (outer === undefined) throw new KmsError('InvalidCiphertextException')
      if (isDryRun) throw dryRunSucceeded()
      await call.intend()
      const aad = outerAad(bytes, canon)
      return store.use('asUse', async (backend) => {
        const inner = await backend.decrypt(keyId, outer, aad, errand)
        return { plaintext: requireInner(store, committed, canon, inner) }
      })
    },
  }
}

const requireInner = (
  store: KeyStore,
  committed: CommittedBlob,
  canon: Uint8Array,
  inner: Uint8Array,
): Uint8Array => {
  const plaintext = decryptDouble(committed, canon, inner)
  inner.fill(0)
  if (plaintext !== undefined) return plaintext
  const isExternal = store.record.type === 'EXTERNAL_KEY_STORE'
  throw new BackendError(
    isExternal ? 'plaintextInvalid' : 'tokenCiphertextRefused',
    'what the backend decrypted is not what was encrypted',
  )
}
