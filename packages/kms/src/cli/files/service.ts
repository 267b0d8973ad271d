import { Kms } from '../../client/index.ts'
import { parseGlobals, type Globals } from '../globals.ts'
import type { Io } from '../io.ts'
import { kmsService } from '../services/kms.ts'
import { openProfile, resolveTarget, type Target } from '../target.ts'
import type { FileArgs } from './parse.ts'
import { valueOf } from './settings.ts'

/** The clients of one profile: one for each Region, opened when it is first asked for. */
export type Service = {
  readonly region: string
  readonly endpoint: string
  /** `undefined`: the Region that is configured. */
  clientFor(region: string | undefined): Kms
  close(): void
}

const passedOn = ['--endpoint-url', '--region', '--profile', '--ca-bundle']

/** Finds services by the flags, as `keyhold kms` finds its own; each profile is read once. */
export class Services {
  readonly #args: FileArgs
  readonly #io: Io
  readonly #open = new Map<string, Promise<Service>>()

  constructor(args: FileArgs, io: Io) {
    this.#args = args
    this.#io = io
  }

  /** The service of a profile and a Region; what is absent is as the flags and settings say. */
  at(profile?: string, region?: string): Promise<Service> {
    const name = JSON.stringify([profile, region])
    const opening = this.#open.get(name) ?? this.#resolve(profile, region)
    this.#open.set(name, opening)
    return opening
  }

  async close(): Promise<void> {
    for (const opening of await Promise.allSettled(this.#open.values()))
      if (opening.status === 'fulfilled') opening.value.close()
  }

  async #resolve(profile: string | undefined, region: string | undefined): Promise<Service> {
    const given = globalsOf(this.#args)
    const globals = {
      ...given,
      profile: profile ?? given.profile,
      region: region ?? given.region,
    }
    const files = await openProfile(globals, this.#io.env, kmsService.configName)
    const target = await resolveTarget({ service: kmsService, row: {} }, globals, files, this.#io)
    // Now rather than at the first file: without credentials every one of them would fail.
    await target.credentials?.()
    return openService(target, globals, this.#io)
  }
}

const globalsOf = (args: FileArgs): Globals => {
  const words = passedOn.flatMap((name) => {
    const value = valueOf(args, name)
    return value === undefined ? [] : [`${name}=${value}`]
  })
  const verify = args.flags.has('--no-verify-ssl') ? ['--no-verify-ssl'] : []
  return parseGlobals([...words, ...verify]).globals
}

const openService = (target: Target, globals: Globals, io: Io): Service => {
  const clients = new Map<string, Kms>()
  const { credentials, ...rest } = target
  if (credentials === undefined) throw new TypeError('requests of files are always signed')
  const clientFor = (region = target.region): Kms => {
    const known = clients.get(region)
    if (known !== undefined) return known
    const client = new Kms({
      ...rest,
      region,
      credentials,
      verifyTls: globals.verifyTls,
      readTimeoutMs: globals.readTimeoutMs,
      connectTimeoutMs: globals.connectTimeoutMs,
      userAgent: 'keyhold-cli',
      world: io.world,
    })
    clients.set(region, client)
    return client
  }
  return {
    region: target.region,
    endpoint: target.endpoint,
    clientFor,
    close: () => {
      for (const client of clients.values()) client.destroy()
    },
  }
}
