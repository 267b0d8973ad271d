import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Scope, firstLine } from './children.ts'
import { type ServicePlace, signedRequest } from './signed-request.ts'
import { exchange } from './wire.ts'

/** A `keyhold serve` of its own, in evaluation mode on an empty data directory, and a key in it. */
export type BenchService = {
  readonly child: ChildProcess
  readonly dataDirectory: string
  readonly place: ServicePlace
  /** Of the same key as `place.keyId`. */
  readonly keyArn: string
  /** Of `--workers`; none without. */
  readonly workerPids: readonly number[]
}

/** Starts the service of the checkout at `root`, with everything on that production has on. */
export const startKeyhold = async (
  scope: Scope,
  root: string,
  options: {
    readonly cpu?: number
    readonly nodeArgs?: readonly string[]
    /** Further arguments of `serve`. */
    readonly serveArgs?: readonly string[]
  },
): Promise<BenchService> => {
  const dataDirectory = await scope.directory()
  const launcher = join(root, 'packages/kms/bin/keyhold.js')
  const args = ['serve', '--data-dir', dataDirectory, '--port', '0', '--log-format', 'json']
  args.push(...(options.serveArgs ?? []))
  const child = scope.child([launcher, ...args], options)
  const workerPids: number[] = []
  await firstLine(child, (line) => {
    const { event, pid } = JSON.parse(line) as { event: string; pid?: number }
    if (event === 'worker ready' && pid !== undefined) workerPids.push(pid)
    return event === 'ready' ? true : undefined
  })
  const config = JSON.parse(
    await readFile(join(dataDirectory, 'client', 'config.json'), 'utf8'),
  ) as { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string }
  const endpoint = new URL(config.endpoint)
  const place = { ...config, host: endpoint.hostname, port: Number(endpoint.port), keyId: '' }
  const request = signedRequest(place, 'CreateKey', {}, Date.now())
  const created = JSON.parse(await exchange(place.port, request)) as {
    KeyMetadata: { KeyId: string; Arn: string }
  }
  const { KeyId: keyId, Arn: keyArn } = created.KeyMetadata
  return { child, dataDirectory, place: { ...place, keyId }, keyArn, workerPids }
}
