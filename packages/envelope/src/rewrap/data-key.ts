import { copyOf } from '../bytes.ts'
import type { MaterialsManager } from '../materials/types.ts'
import type { DecryptOptions } from '../options.ts'

/** Stands before a manager and keeps a copy of the data key, which readers derive from and zero. */
export class DataKeyKeeper {
  readonly #manager: MaterialsManager
  #dataKey: Uint8Array | undefined

  constructor(manager: MaterialsManager) {
    this.#manager = manager
  }

  optionsFor(options: DecryptOptions): DecryptOptions {
    const manager: MaterialsManager = {
      encryptionMaterials: (request) => this.#manager.encryptionMaterials(request),
      decryptionMaterials: async (request) => {
        const materials = await this.#manager.decryptionMaterials(request)
        this.#dataKey = copyOf(materials.dataKey)
        return materials
      },
    }
    return { ...options, keyring: undefined, manager }
  }

  /** Good only once the header is verified; zeroed by `zero`. */
  get dataKey(): Uint8Array {
    if (this.#dataKey === undefined) throw new TypeError('a data key was unwrapped')
    return this.#dataKey
  }

  zero(): void {
    this.#dataKey?.fill(0)
  }
}
