import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageManagerEnv } from '../scripts/locked-packages.ts'
import { pinned } from './children.ts'

const runFile = promisify(execFile)
const launcher = join(import.meta.dirname, '../packages/kms/bin/keyhold.js')
const generatorCpu = 1

/** Whom `keyhold bench` is to load, and as whom. */
export type BenchPlace = {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Absent: what signs the service's certificate is known, or there is no TLS. */
  readonly caFile?: string | undefined
}

/** What it prints; a latency is null where no answer came. */
export type BenchReport = {
  readonly requests: number
  readonly perSecond: number
  readonly latencyMs: Readonly<Record<'p50' | 'p99' | 'p999', number | null>>
  readonly failed: number
  readonly notSent: number
  readonly warmUpRequests: number
  readonly generatorBusy: number
}

/** Runs `keyhold bench` on a CPU of its own, and gives its report also if some requests failed. */
export const runKeyholdBench = async (
  place: BenchPlace,
  keyId: string,
  flags: readonly string[],
): Promise<BenchReport> => {
  const args = ['bench', '--output', 'json', '--quiet', '--key-id', keyId, ...flags]
  args.push('--endpoint-url', place.endpoint)
  if (place.caFile !== undefined) args.push('--ca-bundle', place.caFile)
  return JSON.parse(await outputOf([process.execPath, launcher, ...args], place)) as BenchReport
}

const outputOf = async (command: readonly string[], place: BenchPlace): Promise<string> => {
  const [file = '', ...args] = pinned(command, generatorCpu)
  const env = {
    // Not the session token or the profile of whoever runs the benchmark.
    ...packageManagerEnv(),
    AWS_REGION: place.region,
    AWS_ACCESS_KEY_ID: place.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.secretAccessKey,
  }
  try {
    return (await runFile(file, args, { env })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    if (stdout?.startsWith('{') === true) return stdout
    throw new Error(stderr?.trim() ?? String(error), { cause: error })
  }
}
