import { functionCount, functionIndex, type FunctionName, returnValues } from './cryptoki.ts'

/** What is used of `koffi`, which the operator installs: a foreign function interface. */
export type Ffi = {
  load(path: string): {
    func(
      name: string,
      result: string,
      parameters: readonly string[],
    ): (memory: Uint8Array) => unknown
  }
  view(pointer: bigint, length: number): ArrayBuffer
  proto(result: string, parameters: readonly string[]): unknown
  call(pointer: bigint, prototype: unknown, ...values: readonly unknown[]): number | bigint
  address(memory: Uint8Array): bigint
}

/** A function of the module did not return CKR_OK. */
export class CryptokiError extends Error {
  readonly returned: number
  constructor(name: FunctionName, returned: number) {
    super(`${name} returned 0x${returned.toString(16)}`)
    this.name = 'CryptokiError'
    this.returned = returned
  }
}

let touched = 0

/** CK_ULONG and pointers, on every machine where the service runs. */
const wordBytes = 8
/** CK_VERSION and its padding. */
const listHeaderBytes = 8

/**
 * A PKCS #11 module, loaded into this process. Whatever is wrong with it may end the process, so
 * this belongs into one of its own. All calls block.
 */
export class CryptokiModule {
  readonly #ffi: Ffi
  readonly #pointers: DataView
  readonly #prototypes = new Map<number, unknown>()

  /** Throws if the file cannot be loaded or is no such module. */
  constructor(ffi: Ffi, path: string) {
    this.#ffi = ffi
    const out = Buffer.alloc(wordBytes)
    const getFunctionList = ffi.load(path).func('C_GetFunctionList', 'ulong', ['void *'])
    const returned = Number(getFunctionList(out))
    if (returned !== returnValues.ok) throw new Error(`C_GetFunctionList returned ${returned}`)
    const list = ffi.view(out.readBigUInt64LE(), listHeaderBytes + functionCount * wordBytes)
    // A copy: the module may be unloaded.
    this.#pointers = new DataView(list.slice(listHeaderBytes))
  }

  /** Throws CryptokiError for anything but CKR_OK, and for what `accepted` does not name. */
  call(
    name: FunctionName,
    values: readonly (number | Uint8Array | null)[],
    accepted: readonly number[] = [],
  ): void {
    const words = values.map((value) =>
      value instanceof Uint8Array ? this.#ffi.address(value) : BigInt(value ?? 0),
    )
    const returned = Number(
      this.#ffi.call(this.#pointer(name), this.#prototype(words.length), ...words),
    )
    // Looked at afterwards, so that the memory that the words point to is not collected before.
    for (const value of values) if (value instanceof Uint8Array) touched += value.length
    if (returned !== returnValues.ok && !accepted.includes(returned))
      throw new CryptokiError(name, returned)
  }

  /** Where memory begins, for structures that point to it. The memory has to outlive the call. */
  address(memory: Uint8Array): bigint {
    return this.#ffi.address(memory)
  }

  #pointer(name: FunctionName): bigint {
    return this.#pointers.getBigUint64(functionIndex[name] * wordBytes, true)
  }

  /** All of Cryptoki takes words: numbers, handles and pointers. */
  #prototype(count: number): unknown {
    const known = this.#prototypes.get(count)
    if (known !== undefined) return known
    const made = this.#ffi.proto('ulong', Array<string>(count).fill('uintptr'))
    this.#prototypes.set(count, made)
    return made
  }
}

/** Words one after the other, as C lays out structures of them. */
export const wordsOf = (...values: readonly (number | bigint)[]): Buffer => {
  const bytes = Buffer.alloc(values.length * wordBytes)
  for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), at * wordBytes)
  return bytes
}

/** Memory for one word that a function writes. */
export class Word {
  readonly bytes: Buffer
  constructor(value = 0) {
    this.bytes = wordsOf(value)
  }
  get value(): number {
    return Number(this.bytes.readBigUInt64LE())
  }
}
