import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import type { PeerResult } from '../peers/results.ts'
import type { Spread } from '../statistics.ts'

/** What the page reads of the figures of each question. */
export type Figures = {
  readonly service: readonly {
    readonly operation: string
    readonly contestant: string
    readonly connections: number
    readonly perSecond: Spread
    readonly p50Ms: Spread
    readonly p99Ms: Spread
    readonly ratioToEcho: Spread
    readonly cpuRatioToEcho: Spread
  }[]
  readonly limit: Readonly<
    Record<'keyhold' | 'echo' | 'reader' | 'cryptography' | 'echoToLeast' | 'echoToKeyhold', Spread>
  >
  readonly latency: readonly {
    readonly operation: string
    readonly peakPerSecond: Spread
    readonly ratePerSecond: Spread
    readonly p50Ms: Spread
    readonly p99Ms: Spread
    readonly p999Ms: Spread
    readonly echoP99Ms: Spread
  }[]
  readonly peers: {
    readonly versions: Readonly<Record<string, string>>
    readonly missing: Readonly<Record<string, string>>
    readonly results: readonly PeerResult[]
  }
  readonly growth: {
    readonly keys: readonly (Readonly<Record<GrowthFigure, number>> & {
      readonly keys: number
      readonly encryptCpuRatio: Spread
    })[]
    readonly policies: readonly {
      readonly policyBytes: number
      readonly encryptCpuMicros: number
    }[]
    readonly audit: readonly {
      readonly auditMib: number
      readonly readyMs: number
      readonly readyCpuMs: number
    }[]
  }
  readonly workers: readonly ({ readonly operation: string } & Readonly<
    Record<'ratio' | 'ratioByCpu' | 'echoRatio' | 'echoRatioByCpu', Spread>
  >)[]
  readonly cli: readonly { readonly command: string; readonly ratioToKeyhold: Spread }[]
}

type GrowthFigure =
  | 'readyMs'
  | 'readyCpuMs'
  | 'readyMib'
  | 'hotMib'
  | 'verifiedMs'
  | 'verifiedCpuMs'
  | 'encryptP50Ms'
  | 'encryptCpuMicros'
  | 'createKeysPerSecond'
  | 'listKeysMs'
  | 'listAliasesMs'

export type QuestionName = keyof Figures

/** A file that a run has left. */
export type Kept<Name extends QuestionName> = {
  readonly question: Name
  readonly startedAt: string
  readonly machine: Machine
  readonly options: { readonly quick: boolean }
  readonly figures: Figures[Name]
}

/** The newest whole run of each question, where there is one. */
export type AllKept = { readonly [Name in QuestionName]?: Kept<Name> }

/** Reads a directory of results. Runs with `--quick` are no figures, and are passed over. */
export const newestResults = async (directory: string): Promise<AllKept> => {
  const newest: Record<string, Kept<QuestionName>> = {}
  // Names end in the time of the run, so the last one of a question is the newest.
  for (const name of (await readdir(directory)).sort()) {
    if (!name.endsWith('.json')) continue
    const kept = JSON.parse(await readFile(join(directory, name), 'utf8')) as Kept<QuestionName>
    if (!kept.options.quick) newest[kept.question] = kept
  }
  return newest
}
