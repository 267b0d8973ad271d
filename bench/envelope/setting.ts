import { freemem } from 'node:os'
import { join } from 'node:path'
import type { BenchOptions } from '../question.ts'
import type { Scope } from '../children.ts'
import { childContestant, type Contestant, type Cores } from './contestant.ts'
import type { Peers } from './peers.ts'
import type { Work } from './work.ts'

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

/** What the streams that are decrypted need at the same time, a gibibyte each and some over. */
const freeBytesLeast = 12 * gib

export const settingOf = (
  { quick, rounds }: BenchOptions,
  peers: Peers,
  tell: (text: string) => void,
): Setting => {
  const streamBytes = quick ? 64 * mib : freemem() < freeBytesLeast ? 256 * mib : gib
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

type Asked = Omit<Work, 'keys' | 'isCached' | 'concurrency'> &
  Partial<Pick<Work, 'keys' | 'isCached'>>

const complete = (asked: Asked): Work => ({ keys: { kind: 'raw' }, isCached: false, ...asked })

/** This repository's SDK. On one core it has one thread, on all as many as it likes. */
export const keyholdContestant = (
  scope: Scope,
  cores: Cores,
  asked: Asked,
  name = 'keyhold',
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

/** Node's own cryptography with nothing around it, on one core. */
export const limitContestant = (
  scope: Scope,
  limit: 'one-cipher' | 'sha384',
  asked: Asked,
  {
    name = limit === 'sha384' ? 'SHA-384' : 'one cipher',
    cpu,
  }: { name?: string; cpu?: number } = {},
): Promise<Contestant> =>
  childContestant(
    scope,
    { name, cores: 'one' },
    nodeChild('limit-child.ts', limit),
    complete(asked),
    cpu,
  )
