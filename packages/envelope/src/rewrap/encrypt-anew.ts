import type { MessageHeader } from '../format/header.ts'
import type { Write } from '../into.ts'
import { requireSuite, type Suite, suites } from '../format/suites.ts'
import { defaultCommitmentPolicy } from '../materials/commitment.ts'
import type { CommitmentPolicy, EncryptionContext } from '../materials/types.ts'
import { defaultFrameLength } from '../options.ts'
import { parallelOf } from '../parallel/parallel.ts'
import { startStream, type WriteStart } from '../start.ts'
import { MessageWriter } from '../writer.ts'
import type { Carried, RewrapTarget, Rewriting } from './options.ts'

type Anew = Carried & {
  readonly old: MessageHeader
  /** What the reader has released and nobody has taken yet; it gets back what is used up. */
  readonly plaintext: Uint8Array[]
}

/** Encrypts a message anew in one pass, as it is read. Holds a few pieces of it at a time. */
export const encryptAnew = async (
  anew: Anew,
  to: RewrapTarget,
  write: Write,
): Promise<Rewriting> => {
  const { old, context, manager } = anew
  const commitmentPolicy = to.commitmentPolicy ?? defaultCommitmentPolicy
  const start = await startStream({
    ...to,
    keyring: undefined,
    manager,
    context,
    commitmentPolicy,
    suite: suiteFor(old.suite, to, commitmentPolicy),
    frameLength: to.frameLength ?? (old.frameLength > 0 ? old.frameLength : defaultFrameLength),
  })
  return new AnewBody(anew, start, to, write)
}

/**
 * The old suite, unless another one is named. One that does not commit, where the policy wants
 * commitment, gives way to the one that does and signs as the old one did.
 */
const suiteFor = (old: Suite, to: RewrapTarget, policy: CommitmentPolicy): Suite => {
  if (to.suite !== undefined) return requireSuite(to.suite)
  if (old.commits || policy === 'FORBID_ENCRYPT_ALLOW_DECRYPT') return old
  return old.signature === undefined
    ? suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    : suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
}

class AnewBody implements Rewriting {
  readonly #anew: Anew
  readonly #start: WriteStart
  readonly #writer: MessageWriter
  readonly #write: Write
  readonly #sealed: Uint8Array[] = []

  constructor(anew: Anew, start: WriteStart, to: RewrapTarget, write: Write) {
    this.#anew = anew
    this.#start = start
    this.#write = write
    const emit = (slab: Uint8Array): unknown => this.#sealed.push(slab)
    const parallel = parallelOf(to.concurrency)
    this.#writer = new MessageWriter(start, emit, to.plaintextBytesMax, parallel)
  }

  async update(chunk: Uint8Array): Promise<void> {
    await this.#anew.reader.push(chunk)
    await this.#encrypt()
  }

  async finish() {
    await this.#anew.reader.end()
    await this.#encrypt()
    await this.#writer.finish()
    await this.#flush()
    return { way: 'reencrypted', header: this.#start.header, context: this.#context } as const
  }

  zero(): void {
    this.#anew.reader.zero()
    this.#writer.zero()
    for (const piece of this.#anew.plaintext.splice(0)) piece.fill(0)
  }

  get #context(): EncryptionContext {
    // The new public key is in the header alone, the pairs that it leaves out in the context alone.
    return new Map([...this.#anew.context, ...this.#start.header.context])
  }

  async #encrypt(): Promise<void> {
    const { plaintext, reader } = this.#anew
    for (let piece = plaintext[0]; piece !== undefined; piece = plaintext[0]) {
      await this.#writer.update(piece)
      reader.give(piece)
      plaintext.shift()
      await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    for (let slab = this.#sealed.shift(); slab !== undefined; slab = this.#sealed.shift()) {
      await this.#write(slab)
      this.#writer.give(slab)
    }
  }
}
