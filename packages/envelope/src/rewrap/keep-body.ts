import type { ParsedHeader } from '../format/header-parser.ts'
import { concat, copyOf } from '../bytes.ts'
import { tagBytes } from '../format/header.ts'
import type { Write } from '../into.ts'
import { requireEncryptionMaterials } from '../materials/checks.ts'
import type { EncryptionContext, EncryptionMaterials } from '../materials/types.ts'
import type { MessageReader } from '../reader.ts'
import { BodyEnd } from './body-end.ts'
import { type SealedHeader, sealAgain } from './header.ts'
import type { Carried, RewrapTarget, Rewriting } from './options.ts'

type Kept = Carried & {
  readonly parsed: ParsedHeader
  /** A copy, which stays the caller's. */
  readonly dataKey: Uint8Array
}

/** Wraps the data key of a version 1 message anew, and passes its body on as it is. */
export const keepBody = async (kept: Kept, to: RewrapTarget, write: Write): Promise<Rewriting> => {
  const materials = await wrapAgain(kept, to)
  try {
    const sealed = sealAgain(kept.parsed, materials)
    await write(sealed.headerBytes)
    return new KeptBody(kept.reader, sealed, materials.context, write)
  } finally {
    materials.dataKey.fill(0)
  }
}

const wrapAgain = async (
  { parsed, context, manager, dataKey }: Kept,
  to: RewrapTarget,
): Promise<EncryptionMaterials> => {
  const request = {
    context,
    suite: parsed.header.suite,
    // Nothing is encrypted, so no policy about encryption can be broken: the body does not commit to
    // its key, before and after. Whether such messages are read at all is said by the reader's policy.
    commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    plaintextBytes: undefined,
    maxEncryptedDataKeys: to.maxEncryptedDataKeys,
    dataKey,
  } as const
  const materials = await manager.encryptionMaterials(request)
  try {
    requireEncryptionMaterials(request, materials)
    return materials
  } catch (error) {
    materials.dataKey.fill(0)
    throw error
  } finally {
    materials.settle?.(0)
  }
}

/** The last tag: without it no message is whole. */
const heldBytes = tagBytes

/**
 * Reads the old message and passes on what was read. Its last bytes, and the new signature, wait
 * until everything is verified: a message that is not sound never becomes a whole one again.
 */
class KeptBody implements Rewriting {
  readonly #reader: MessageReader
  readonly #sealed: SealedHeader
  readonly #context: EncryptionContext
  readonly #write: Write
  readonly #end: BodyEnd | undefined
  #held: Uint8Array = new Uint8Array(0)

  constructor(
    reader: MessageReader,
    sealed: SealedHeader,
    context: EncryptionContext,
    write: Write,
  ) {
    this.#reader = reader
    this.#sealed = sealed
    this.#context = context
    this.#write = write
    // Without a signature there is nothing behind the body.
    this.#end = sealed.signer && new BodyEnd(sealed.header)
  }

  async update(chunk: Uint8Array): Promise<void> {
    await this.#reader.push(chunk)
    const body = this.#end === undefined ? chunk : chunk.subarray(0, this.#end.push(chunk))
    if (body.length === 0) return
    await this.#pass(body)
  }

  async finish() {
    await this.#reader.end()
    await this.#emit(this.#held)
    const { header, signer } = this.#sealed
    if (signer !== undefined) await this.#write(signer.finish())
    return { way: 'rewrapped', header, context: this.#context } as const
  }

  zero(): void {
    this.#reader.zero()
  }

  /** What is kept back is copied, for a source may use its memory for the next chunk. */
  async #pass(next: Uint8Array): Promise<void> {
    if (next.length < heldBytes) {
      const bytes = concat(this.#held, next)
      const at = Math.max(0, bytes.length - heldBytes)
      this.#held = bytes.subarray(at)
      return await this.#emit(bytes.subarray(0, at))
    }
    await this.#emit(this.#held)
    this.#held = copyOf(next.subarray(-heldBytes))
    await this.#emit(next.subarray(0, -heldBytes))
  }

  async #emit(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return
    this.#sealed.signer?.update(piece)
    await this.#write(piece)
  }
}
