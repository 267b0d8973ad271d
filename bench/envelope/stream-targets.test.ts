import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import type { CommandCourse } from './command.ts'
import type { Taken } from './rounds.ts'
import { commandTargets, streamTargets } from './stream-targets.ts'
import type { Course } from './streams.ts'
import type { Target } from './targets.ts'

/** A contestant that takes so long for the same bytes. */
const taken = (
  name: string,
  cores: Taken['cores'],
  wallMs: number,
  frameLength?: number,
): Taken => ({
  name,
  cores,
  frameLength,
  turns: [{ bytes: 1e9, messages: 1, wallMs, cpuMs: wallMs }],
})

const unsigned: Course = {
  operation: 'encrypt',
  signing: 'unsigned',
  taken: [
    taken('keyhold', 'one', 4000, 4096),
    taken('keyhold', 'one', 1000, defaultFrameLength),
    taken('keyhold, into', 'one', 3000, 4096),
    taken('keyhold, into', 'all', 1500, 4096),
    taken('keyhold, into', 'one', 500, defaultFrameLength),
    taken('keyhold, into', 'all', 500, defaultFrameLength),
    taken('one cipher', 'one', 500),
    taken('one cipher, output let go', 'one', 250),
    taken('keyhold, into, 1 MiB pieces', 'one', 400, defaultFrameLength),
    taken('one cipher, 1 MiB pieces', 'one', 100),
  ],
}

const medianOf = (targets: readonly Target[], start: string): number | undefined => {
  const found = targets.filter(({ what }) => what.trim().startsWith(start))
  assert.equal(found.length, 1, `one target is named ${start}`)
  return found[0]!.measured?.median
}

test('each way is held against the cipher, at the default frame length and in the same pieces', () => {
  const targets = streamTargets([unsigned])
  const cipher = 'one core / one cipher object'
  const plain = (way: string) => targets.find(({ what }) => what === `encrypt, ${way}, ${cipher}`)
  assert.equal(plain('Node streams')?.measured?.median, 0.5)
  assert.equal(plain('Node streams')?.verdict, 'NOT MET')
  assert.equal(plain('into')?.measured?.median, 1)
  assert.equal(plain('into')?.verdict, 'met')
  assert.equal(medianOf(targets, `encrypt, into, ${cipher}, 1 MiB pieces`), 0.25)
  assert.equal(medianOf(targets, `encrypt, into, ${cipher} that lets go of its output`), 0.5)
})

test('what more cores bring is told of each way, and of small frames by themselves', () => {
  const targets = streamTargets([unsigned]).filter(({ what }) => what.endsWith(' cores / one'))
  assert.equal(medianOf(targets, 'encrypt, Node streams'), undefined)
  assert.equal(medianOf(targets, 'encrypt, into, frames of 4,096'), 2)
  const inDefaultFrames = targets.find(({ what }) =>
    what.startsWith('encrypt, into, frames of 262,144'),
  )
  assert.equal(inDefaultFrames?.measured?.median, 1)
})

test('a program that is missing was not measured', () => {
  const client = streamTargets([unsigned]).filter(({ what }) => what.includes('client-node'))
  assert.deepEqual(
    client.map(({ verdict }) => verdict),
    ['not measured', 'not measured'],
  )
})

test('signed streams are held against the hash, each way', () => {
  const course: Course = {
    operation: 'decrypt',
    signing: 'signed',
    taken: [
      taken('keyhold', 'all', 2000, defaultFrameLength),
      taken('keyhold, into', 'all', 1000, defaultFrameLength),
      taken('SHA-384', 'one', 1000),
    ],
  }
  const targets = streamTargets([course])
  assert.equal(medianOf(targets, 'decrypt, signed, Node streams, all cores / SHA-384'), 0.5)
  assert.equal(medianOf(targets, 'decrypt, signed, into, all cores / SHA-384'), 1)
})

test('the command is held against age and against itself on one core', () => {
  const course: CommandCourse = {
    operation: 'encrypt',
    destination: 'file',
    taken: [
      taken('keyhold, unsigned', 'one', 900),
      taken('keyhold, unsigned', 'all', 600),
      taken('keyhold, signed', 'all', 100),
      taken('age', 'all', 1200),
    ],
  }
  const targets = commandTargets([course])
  assert.equal(medianOf(targets, 'encrypt, command, file to file / age'), 2)
  const cores = targets.find(({ what }) => what.endsWith(' cores / one'))
  assert.equal(cores?.what.startsWith('encrypt, command, file to file, '), true)
  assert.equal(cores?.measured?.median, 1.5)
})
