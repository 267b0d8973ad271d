/** How a benchmark is to be run. */
export type BenchOptions = {
  /** A look at the figures in a few seconds each; too short to compare anything by. */
  readonly quick: boolean
  readonly connections: number
  /** How often each contestant has its turn; absent: what the question thinks right. */
  readonly rounds: number | undefined
  /** Another checkout, whose service takes part as a contestant of its own. */
  readonly against: string | undefined
}

/** What a question was answered with: text for people, and the figures for a file. */
export type Answer = {
  readonly text: string
  readonly figures: object
  /** Why the run is to count as failed; absent: it is not. */
  readonly failure?: string | undefined
}

/** A file per question. `answer` ends every process that it started, also when it rejects. */
export type Question = {
  readonly title: string
  /** Which CPU is whose, if not the servers' and the load generator's. */
  readonly pinning?: string
  answer(options: BenchOptions): Promise<Answer>
}
