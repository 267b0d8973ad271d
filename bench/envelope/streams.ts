/** How fast is a stream, beside what limits it and what else does it? */
import { availableParallelism } from 'node:os'
import { canPin, Scope } from '../children.ts'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import { type Contestant, type Cores, together } from './contestant.ts'
import { type OpensslAlgorithm, opensslSpeed } from './openssl.ts'
import { interleaved, type Taken } from './rounds.ts'
import {
  type Asked,
  clientNodeContestant,
  keyholdContestant,
  keyholdNames,
  kib,
  limitContestant,
  mib,
  pythonContestant,
  type Setting,
} from './setting.ts'
import type { Operation, Signing, StreamShape, Way } from './work.ts'

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
export const ways = ['stream', 'into'] as const satisfies readonly Way[]

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
  const asked = (shape: Omit<StreamShape, 'kind'>, frameLength?: number): Asked => ({
    operation,
    signing,
    frameLength,
    shape: { kind: 'stream', ...shape },
  })
  const plaintextBytes = setting.streamBytes
  const theirShape = { plaintextBytes: setting.peerStreamBytes, pieceBytes }
  const mine: Promise<Contestant>[] = []
  const others: Promise<readonly Contestant[]>[] = []
  for (const frameLength of frameLengths) {
    const theirs = asked(theirShape, frameLength)
    for (const cores of ['one', 'all'] as const) {
      for (const way of ways)
        mine.push(
          keyholdContestant(scope, cores, asked({ way, plaintextBytes, pieceBytes }, frameLength)),
        )
      others.push(clientNodeContestant(scope, setting, cores, theirs))
    }
    // It has one thread, and nothing that another core could do for it.
    others.push(pythonContestant(scope, setting, 'one', theirs))
  }
  const limits =
    signing === 'signed'
      ? await hashLimits(scope, setting, operation, asked({ plaintextBytes, pieceBytes }))
      : [
          ...(await cipherLimits(scope, setting, operation, asked({ plaintextBytes, pieceBytes }))),
          ...(await inLargePieces(scope, (way) =>
            asked({ way, plaintextBytes, pieceBytes: largePieceBytes }, defaultFrameLength),
          )),
        ]
  return [...(await Promise.all(mine)), ...limits, ...(await Promise.all(others)).flat()]
}

/** The hash bounds what signs. */
const hashLimits = async (
  scope: Scope,
  setting: Setting,
  operation: Operation,
  asked: Asked,
): Promise<readonly Contestant[]> => [
  await limitContestant(scope, 'sha384', asked),
  ...librarySpeed(setting, 'sha384', operation, 'one'),
]

/** Ciphers bound what does not sign. */
const cipherLimits = async (
  scope: Scope,
  setting: Setting,
  operation: Operation,
  asked: Asked,
): Promise<readonly Contestant[]> => [
  await limitContestant(scope, 'one-cipher', asked),
  await limitContestant(scope, 'one-cipher-let-go', asked),
  ...(await onEachCore(scope, asked)),
  ...librarySpeed(setting, 'aes-256-gcm', operation, 'one'),
  ...librarySpeed(setting, 'aes-256-gcm', operation, 'all'),
]

/** Both ways, and the cipher that bounds them, in the pieces that the command reads. */
const inLargePieces = (
  scope: Scope,
  askedFor: (way?: Way) => Asked,
): Promise<readonly Contestant[]> =>
  Promise.all([
    ...ways.map((way) =>
      keyholdContestant(scope, 'one', askedFor(way), `${keyholdNames[way]}${largePieces}`),
    ),
    limitContestant(scope, 'one-cipher', askedFor(), { name: `one cipher${largePieces}` }),
  ])

/** No contestant if it is missing. */
const librarySpeed = (
  { peers: { openssl } }: Setting,
  algorithm: OpensslAlgorithm,
  operation: Operation,
  cores: Cores,
): readonly Contestant[] => {
  if ('missing' in openssl) return []
  const options = { operation, cores, cpuCount, bufferBytes: pieceBytes }
  return [opensslSpeed(openssl.command, algorithm, options)]
}

const cpuCount = availableParallelism()

/** A process with a cipher object on each core: what there is to be had from all of them. */
const onEachCore = async (scope: Scope, asked: Asked): Promise<readonly Contestant[]> => {
  if (!canPin) return []
  const cpus = Array.from({ length: cpuCount }, (_, cpu) => cpu)
  const each = cpus.map((cpu) => limitContestant(scope, 'one-cipher', asked, { cpu }))
  return [together(await Promise.all(each), 'one cipher on each core')]
}
