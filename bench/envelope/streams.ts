/** How fast is a stream, beside what limits it and what else does it? */
import { availableParallelism } from 'node:os'
import { canPin, Scope } from '../children.ts'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { type Contestant, type Cores, together } from './contestant.ts'
import { opensslSpeed } from './openssl.ts'
import { interleaved, type Taken } from './rounds.ts'
import {
  clientNodeContestant,
  keyholdContestant,
  kib,
  limitContestant,
  mib,
  pythonContestant,
  type Setting,
} from './setting.ts'
import type { Operation, Signing } from './work.ts'

/** What AWS's SDKs write unless they are told otherwise. */
export const usualFrameLength = 4096
export const frameLengths: readonly number[] = [usualFrameLength, defaultFrameLength]

/** What a file is read in unless one says otherwise. */
export const pieceBytes: number = 64 * kib
/** What `keyhold encrypt` reads a file in. */
const largePieceBytes = mib
export const largePieces = ', 1 MiB pieces'

export const operations = ['encrypt', 'decrypt'] as const satisfies readonly Operation[]
export const signings = ['unsigned', 'signed'] as const satisfies readonly Signing[]

/** One kind of work, and all who did it in the same rounds. */
export type Course = {
  readonly operation: Operation
  readonly signing: Signing
  readonly taken: readonly Taken[]
}

export const measureStreams = async (setting: Setting): Promise<readonly Course[]> => {
  const courses: Course[] = []
  for (const signing of signings)
    for (const operation of operations) {
      // The messages that were decrypted are let go of before there are others.
      await using scope = new Scope()
      const tell = (text: string): void => setting.tell(`streams, ${signing} ${operation}: ${text}`)
      tell('preparing')
      const contestants = await contestantsOf(scope, setting, operation, signing)
      const taken = await interleaved(contestants, setting.rounds, tell)
      courses.push({ operation, signing, taken })
    }
  return courses
}

const contestantsOf = async (
  scope: Scope,
  setting: Setting,
  operation: Operation,
  signing: Signing,
): Promise<readonly Contestant[]> => {
  const asked = (frameLength: number, plaintextBytes: number) => ({
    operation,
    signing,
    frameLength,
    shape: { kind: 'stream', plaintextBytes, pieceBytes } as const,
  })
  const mine: Promise<Contestant>[] = []
  const others: Promise<readonly Contestant[]>[] = []
  for (const frameLength of frameLengths) {
    const theirs = asked(frameLength, setting.peerStreamBytes)
    for (const cores of ['one', 'all'] as const) {
      mine.push(keyholdContestant(scope, cores, asked(frameLength, setting.streamBytes)))
      others.push(clientNodeContestant(scope, setting, cores, theirs))
    }
    // It has one thread, and nothing that another core could do for it.
    others.push(pythonContestant(scope, setting, 'one', theirs))
  }
  const limits = limitsOf(scope, setting, operation, signing)
  return [...(await Promise.all(mine)), ...(await limits), ...(await Promise.all(others)).flat()]
}

/** Ciphers bound what does not sign, the hash bounds what does. */
const limitsOf = async (
  scope: Scope,
  setting: Setting,
  operation: Operation,
  signing: Signing,
): Promise<readonly Contestant[]> => {
  const asked = (bytesOfPiece: number) => ({
    operation,
    signing,
    shape: {
      kind: 'stream',
      plaintextBytes: setting.streamBytes,
      pieceBytes: bytesOfPiece,
    } as const,
  })
  const { openssl } = setting.peers
  const library = (cores: Cores): readonly Contestant[] => {
    if ('missing' in openssl) return []
    const algorithm = signing === 'signed' ? 'sha384' : 'aes-256-gcm'
    const options = { operation, cores, cpuCount, bufferBytes: pieceBytes }
    return [opensslSpeed(openssl.command, algorithm, options)]
  }
  if (signing === 'signed')
    return [await limitContestant(scope, 'sha384', asked(pieceBytes)), ...library('one')]
  const large = { ...asked(largePieceBytes), frameLength: defaultFrameLength }
  return [
    await limitContestant(scope, 'one-cipher', asked(pieceBytes)),
    ...(await onEachCore(scope, asked(pieceBytes))),
    await keyholdContestant(scope, 'one', large, `keyhold${largePieces}`),
    await limitContestant(scope, 'one-cipher', large, { name: `one cipher${largePieces}` }),
    ...library('one'),
    ...library('all'),
  ]
}

const cpuCount = availableParallelism()

/** A process with a cipher object on each core: what there is to be had from all of them. */
const onEachCore = async (
  scope: Scope,
  asked: Parameters<typeof limitContestant>[2],
): Promise<readonly Contestant[]> => {
  if (!canPin) return []
  const cpus = Array.from({ length: cpuCount }, (_, cpu) => cpu)
  const each = cpus.map((cpu) => limitContestant(scope, 'one-cipher', asked, { cpu }))
  return [together(await Promise.all(each), 'one cipher on each core')]
}
