import { freemem } from 'node:os'
import { join } from 'node:path'
import type { BenchOptions } from '../question.ts'
import type { Scope } from '../children.ts'
import { childContestant, type Contestant, type Cores } from './contestant.ts'
import type { Limit } from './limit-child.ts'
import type { Peers } from './peers.ts'
import type { Way, Work } from './work.ts'

export const kib = 1024
export const mib = 1024 * kib
export const gib = 1024 * mib

/** How the parts of this benchmark are run. */
export type Setting = {
  readonly quick: boolean
  readonly rounds: number
  readonly peers: Peers
  /** Plaintext of a long stream. */
  readonly streamBytes: number
  /** The same for the SDKs that would take minutes; the rate of a stream is that of a part of it. */
  readonly peerStreamBytes: number
  /** Says on standard error how far it is. */
  tell(text: string): void
}

/**
 * What those that decrypt in the same rounds need, in lengths of a stream: 15 hold a message each,
 * and a sixteenth of one, and the rest is for what they all are beside it.
 */
const streamsAtOnce = 19

export const settingOf = (
  { quick, rounds }: BenchOptions,
  peers: Peers,
  tell: (text: string) => void,
): Setting => {
  const lengths = [gib, gib / 2].filter((bytes) => bytes * streamsAtOnce < freemem())
  const streamBytes = quick ? 64 * mib : (lengths[0] ?? gib / 4)
  return {
    quick,
    rounds: rounds ?? (quick ? 2 : 3),
    peers,
    streamBytes,
    peerStreamBytes: Math.min(128 * mib, streamBytes / 4),
    tell,
  }
}

/** A program of this folder on this Node, with its garbage collector at hand. */
const nodeChild = (file: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--expose-gc',
  join(import.meta.dirname, file),
  ...args,
]

/** Work of which the keys are raw ones and nothing is cached, unless it says otherwise. */
export type Asked = Omit<Work, 'keys' | 'isCached' | 'concurrency'> &
  Partial<Pick<Work, 'keys' | 'isCached'>>

const complete = (asked: Asked): Work => ({ keys: { kind: 'raw' }, isCached: false, ...asked })

/** This repository's SDK, by the way that it takes a long message. */
export const keyholdNames = {
  stream: 'keyhold',
  into: 'keyhold, into',
} as const satisfies Record<Way, string>

const keyholdName = ({ shape }: Asked): string =>
  keyholdNames[(shape.kind === 'stream' ? shape.way : undefined) ?? 'stream']

/** This repository's SDK. On one core it has one thread, on all as many as it likes. */
export const keyholdContestant = (
  scope: Scope,
  cores: Cores,
  asked: Asked,
  name = keyholdName(asked),
): Promise<Contestant> =>
  childContestant(
    scope,
    { name, cores, frameLength: asked.frameLength },
    nodeChild('keyhold-child.ts'),
    { ...complete(asked), concurrency: cores === 'one' ? 1 : undefined },
  )

/** No contestant if it is missing. */
export const clientNodeContestant = async (
  scope: Scope,
  { peers }: Setting,
  cores: Cores,
  asked: Asked,
): Promise<readonly Contestant[]> => {
  if ('missing' in peers.clientNode) return []
  const who = { name: 'client-node', cores, frameLength: asked.frameLength }
  return [await childContestant(scope, who, nodeChild('client-node-child.mjs'), complete(asked))]
}

/** No contestant if it is missing. */
export const pythonContestant = async (
  scope: Scope,
  { peers }: Setting,
  cores: Cores,
  asked: Asked,
): Promise<readonly Contestant[]> => {
  if ('missing' in peers.pythonEsdk) return []
  const script = join(import.meta.dirname, 'python_child.py')
  const who = { name: 'Python ESDK', cores, frameLength: asked.frameLength }
  return [await childContestant(scope, who, [peers.pythonEsdk.command, script], complete(asked))]
}

/** What bounds the SDK's work: see `limit-child.ts`. */
export const limitNames = {
  'one-cipher': 'one cipher',
  'one-cipher-let-go': 'one cipher, output let go',
  sha384: 'SHA-384',
} as const satisfies Record<Limit, string>

/** Node's own cryptography with nothing around it, on one core. */
export const limitContestant = (
  scope: Scope,
  limit: Limit,
  asked: Asked,
  { name = limitNames[limit], cpu }: { name?: string; cpu?: number } = {},
): Promise<Contestant> =>
  childContestant(
    scope,
    { name, cores: 'one' },
    nodeChild('limit-child.ts', limit),
    complete(asked),
    cpu,
  )
