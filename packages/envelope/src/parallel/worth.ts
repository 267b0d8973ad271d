/** How much a new measurement counts beside all before it. */
const weight = 0.2

/** While lending does not pay, every so many batches it is tried again. */
const tryEvery = 64

/**
 * Whether work is worth handing to another thread: only where copying it there takes much less time
 * than doing it. What a copy costs is for the machine to say: memory that another processor has just
 * read is written at full speed on one machine, and at a tenth of it on the next.
 */
export class Worth {
  #copyMsPerByte: number | undefined
  #workMsPerByte: number | undefined
  #declined = 0

  copied(bytes: number, tookMs: number): void {
    this.#copyMsPerByte = mean(this.#copyMsPerByte, tookMs / bytes)
  }

  worked(bytes: number, tookMs: number): void {
    this.#workMsPerByte = mean(this.#workMsPerByte, tookMs / bytes)
  }

  /** To be asked before each batch. */
  pays(): boolean {
    const copy = this.#copyMsPerByte
    const work = this.#workMsPerByte
    const isCheap = copy === undefined || work === undefined || copy < work / 2
    if (!isCheap) this.#declined += 1
    return isCheap || this.#declined % tryEvery === 0
  }
}

const mean = (before: number | undefined, value: number): number =>
  before === undefined ? value : before + weight * (value - before)
