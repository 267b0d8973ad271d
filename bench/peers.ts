/** How fast is the service beside others that do the same work, and with TLS? */
import { Scope } from './children.ts'
import type { Peer } from './peer.ts'
import { startEcho, startOwn, startPeer } from './peers/contestants.ts'
import { installServices, type PeerName } from './peers/install.ts'
import { peersText, type PeerResult, resultsOf } from './peers/results.ts'
import {
  type Contestant,
  type Course,
  type PeerOperation,
  peerOperations,
  takeTurn,
  type Turn,
} from './peers/turn.ts'
import type { BenchOptions, Question } from './question.ts'

/** Bytes of Keyhold's own answers, so that the echo writes as many. */
const answerBytes = { Encrypt: 329, Decrypt: 207, GenerateDataKey: 392, Sign: 270 }

export const question: Question = {
  title: 'peers: the same work for Keyhold, for those that speak AWS’s protocol and for OpenBao',
  async answer(options) {
    await using scope = new Scope()
    const peers = await installServices(tell)
    const { contestants, failed } = await startAll(scope, peers)
    await warmUp(contestants, options)
    const results: PeerResult[] = []
    for (const course of coursesOf(options))
      for (const operation of peerOperations) {
        tell(`${operation} over ${course.connections} connections`)
        const turns = await measure(contestants, operation, course)
        results.push(...resultsOf(operation, course.connections, turns))
      }
    const missing = missingOf(peers, failed)
    const versions = Object.fromEntries(
      [...peers].flatMap(([name, peer]) => ('version' in peer ? [[name, peer.version]] : [])),
    )
    return { text: peersText(results, missing), figures: { versions, missing, results } }
  },
}

const tell = (text: string): void => {
  process.stderr.write(`  ${text}\n`)
}

type RepeatedCourse = Course & { readonly rounds: number }

/** By 64 connections services are compared, so those are measured more than once. */
const coursesOf = ({ quick, rounds = quick ? 1 : 3 }: BenchOptions): readonly RepeatedCourse[] =>
  (quick ? [4, 64] : [1, 16, 64, 256]).map((connections) => ({
    connections,
    durationMs: quick ? 500 : 2000,
    rounds: connections === 64 ? rounds : 1,
  }))

/** Every path of every server is compiled before the first figure is taken. */
const warmUp = async (
  contestants: readonly Contestant[],
  { quick }: BenchOptions,
): Promise<void> => {
  tell('warming up')
  const course = { connections: 64, durationMs: quick ? 300 : 2000 }
  for (const contestant of contestants)
    for (const operation of peerOperations) await takeTurn(contestant, operation, course)
}

/** A peer that is there and does not start is missing too, and the others are measured. */
const startAll = async (scope: Scope, peers: ReadonlyMap<PeerName, Peer>) => {
  tell('starting')
  const contestants: Contestant[] = [
    await startOwn(scope, 'keyhold', []),
    await startOwn(scope, 'keyhold, TLS', ['--tls-self-signed']),
    await startEcho(scope, answerBytes),
  ]
  const failed = new Map<string, string>()
  for (const [name, peer] of peers)
    try {
      const contestant = await startPeer(scope, name, peer)
      if (contestant !== undefined) contestants.push(contestant)
    } catch (error) {
      failed.set(name, String(error))
    }
  return { contestants, failed }
}

const missingOf = (
  peers: ReadonlyMap<PeerName, Peer>,
  failed: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...[...peers].flatMap(([name, peer]) => ('missing' in peer ? [[name, peer.missing]] : [])),
    ...failed,
  ])

/** In turn, every other round backwards: what the machine does meets all of them. */
const measure = async (
  contestants: readonly Contestant[],
  operation: PeerOperation,
  course: RepeatedCourse,
): Promise<ReadonlyMap<string, readonly Turn[]>> => {
  const turns = new Map<string, Turn[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < course.rounds; round += 1)
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed())
      turns.get(contestant.name)!.push(await takeTurn(contestant, operation, course))
  return turns
}
