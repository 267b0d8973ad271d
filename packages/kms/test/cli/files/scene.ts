import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import type { Io } from '../../../src/cli/io.ts'
import { main } from '../../../src/cli/main.ts'
import { region, startTestService, type TestService } from '../../server/harness.ts'

export type Ran = {
  readonly code: number
  readonly out: Uint8Array
  readonly text: string
  readonly err: string
}

export type RunOptions = {
  readonly stdin?: Uint8Array | string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly isTerminal?: boolean
}

/** A folder of a test file's own, in which commands run without any service. */
export class Folder {
  readonly path: string
  protected env: Readonly<Record<string, string | undefined>>
  protected nowMs: () => number = () => 0

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'keyhold-files-'))
    this.env = { HOME: this.path, AWS_MAX_ATTEMPTS: '1' }
    after(() => {
      rmSync(this.path, { recursive: true, force: true })
    })
  }

  at(name: string): string {
    return join(this.path, name)
  }

  /** Writes a file, and the directories that it needs; absent content is random. */
  write(name: string, content: Uint8Array | string | number = 1000): Uint8Array {
    const bytes =
      typeof content === 'number'
        ? new Uint8Array(randomBytes(content))
        : new Uint8Array(Buffer.from(content))
    mkdirSync(dirname(this.at(name)), { recursive: true })
    writeFileSync(this.at(name), bytes)
    return bytes
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.at(name)))
  }

  /** Runs a command line in this process, with this folder as its working directory. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const out: Uint8Array[] = []
    const errors: string[] = []
    const { stdin, env, isTerminal = false } = options
    const io: Io = {
      stdout: { write: (chunk) => out.push(Buffer.from(chunk)), isTTY: isTerminal },
      stderr: {
        write: (chunk) => errors.push(Buffer.from(chunk).toString()),
        isTTY: isTerminal,
        columns: 100,
      },
      stdin: (async function* () {
        if (stdin !== undefined) yield stdin
      })(),
      env: { ...this.env, ...env },
      cwd: this.path,
      world: { nowMs: this.nowMs, random: () => 0, sleep: () => Promise.resolve() },
    }
    const code = await main(args, io)
    const bytes = new Uint8Array(Buffer.concat(out))
    return { code, out: bytes, text: Buffer.from(bytes).toString(), err: errors.join('') }
  }
}

/** A folder, and a service that commands find as the one of this machine, with a key of an alias. */
export class Scene extends Folder {
  readonly service: TestService
  readonly keyArn: string

  static async open(): Promise<Scene> {
    const service = await startTestService()
    after(() => service[Symbol.asyncDispose]())
    const scene = new Scene(service, await createKey(service))
    await service.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: scene.keyArn })
    return scene
  }

  constructor(service: TestService, keyArn: string) {
    super()
    this.service = service
    this.keyArn = keyArn
    this.nowMs = () => service.clock.nowMs()
    const { accessKeyId, secretAccessKey } = service.credentials
    const config = { endpoint: service.endpoint, region, accessKeyId, secretAccessKey }
    this.write('.keyhold/client/config.json', JSON.stringify(config))
  }

  /** A further key; resolves to its ARN. */
  async createKey(): Promise<string> {
    return await createKey(this.service)
  }
}

const createKey = async (service: TestService): Promise<string> => {
  const { json } = await service.call('CreateKey', {})
  return (json['KeyMetadata'] as { readonly Arn: string }).Arn
}
