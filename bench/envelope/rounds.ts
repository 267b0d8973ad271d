import { type Spread, spreadOf } from '../statistics.ts'
import type { Contestant, Cores } from './contestant.ts'
import type { Turn } from './work.ts'

/** All turns of one contestant, in the order of the rounds. */
export type Taken = Omit<Contestant, 'turn'> & { readonly turns: readonly Turn[] }

/** What is kept of a contestant's turns. */
export type Figures = {
  readonly contestant: string
  readonly cores: Cores
  readonly frameLength: number | undefined
  /** Bytes of plaintext in a turn. */
  readonly bytes: Spread
  /** 10^6 bytes of plaintext a second. */
  readonly mbPerSecond: Spread
  readonly messagesPerSecond: Spread
  readonly cpuSecondsPerGb: Spread
  readonly cpuMicrosPerMessage: Spread
  /** CPU time as a share of wall time: of one core, less than 1 went to other processes. */
  readonly busy: Spread
}

/** Below this share a contestant on one core was held up by something else. */
const busyLeast = 0.9

/**
 * All contestants in turn, again and again, so that what the machine does meets all of them. Every
 * other round goes backwards, so that nobody always follows the same one.
 */
export const interleaved = async (
  contestants: readonly Contestant[],
  rounds: number,
  tell: (text: string) => void,
): Promise<readonly Taken[]> => {
  const turns = contestants.map((): Turn[] => [])
  const order = [...contestants.keys()]
  for (let round = 0; round < rounds; round += 1) {
    tell(`round ${round + 1} of ${rounds}, ${contestants.length} contestants`)
    for (const at of round % 2 === 0 ? order : order.toReversed())
      turns[at]!.push(await contestants[at]!.turn())
  }
  return contestants.map(({ name, cores, frameLength }, at) => ({
    name,
    cores,
    frameLength,
    turns: turns[at]!,
  }))
}

export const figuresOf = ({ name, cores, frameLength, turns }: Taken): Figures => {
  const spread = (figure: (turn: Turn) => number): Spread => spreadOf(turns.map(figure))
  return {
    contestant: name,
    cores,
    frameLength,
    bytes: spread(({ bytes }) => bytes),
    mbPerSecond: spread(mbPerSecond),
    messagesPerSecond: spread(({ messages, wallMs }) => (messages / wallMs) * 1000),
    cpuSecondsPerGb: spread(cpuSecondsPerGb),
    cpuMicrosPerMessage: spread(({ messages, cpuMs }) => (cpuMs / messages) * 1000),
    busy: spread(({ cpuMs, wallMs }) => cpuMs / wallMs),
  }
}

const mbPerSecond = ({ bytes, wallMs }: Turn): number => bytes / 1000 / wallMs
const cpuSecondsPerGb = ({ bytes, cpuMs }: Turn): number => (cpuMs / bytes) * 1e6

/** How many times as fast the first is, round by round: what the machine did, it did to both. */
export const speedRatio = (one: Taken, other: Taken): Spread =>
  ratio(one, other, (mine, its) => mbPerSecond(mine) / mbPerSecond(its))

/** The same by CPU time, which other processes disturb less. */
export const cpuRatio = (one: Taken, other: Taken): Spread =>
  ratio(one, other, (mine, its) => cpuSecondsPerGb(its) / cpuSecondsPerGb(mine))

const ratio = (one: Taken, other: Taken, of: (mine: Turn, its: Turn) => number): Spread =>
  spreadOf(one.turns.map((turn, round) => of(turn, other.turns[round]!)))

/** Whether one that had a core for itself and never waits got less than all of it. */
export const isDisturbed = (taken: readonly Taken[]): boolean =>
  taken.some((one) => one.cores === 'one' && figuresOf(one).busy.median < busyLeast)
