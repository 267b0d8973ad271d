import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { TestContext } from 'node:test'
import type { ServiceOptions } from '../../../src/server/service.ts'
import { wrapMaterial } from '../../wrapping.ts'
import { succeeded } from '../expect.ts'
import { type Answer, type Reply, startTestService, type TestService } from '../harness.ts'
import { type Attempt, decryption, planners } from './attempts.ts'
import { fallDue, type Model, type ModelKey, newModel, onDemandRotationsPerKey } from './model.ts'
import {
  expectedMaterial,
  expectedMetadata,
  expectedStatus,
  observedMaterial,
  observedMetadata,
} from './observe.ts'
import { type Region, regions, type Step } from './steps.ts'

/** The service looks at least this often for what has fallen due. */
const lookMs = 60_000
const hourMs = 3_600_000
/** So many turns are more than enough for what has fallen due. */
const turnsMax = 500

/** A service that lives are led on, one after the other. */
export type Ground = {
  /** Fails where the service does anything but what the model expects. */
  live(life: readonly Step[]): Promise<void>
  end(): Promise<void>
}

/** Its look for what is due waits for this, instead of for time: `t` takes the timers over. */
export const openGround = async (
  t: TestContext,
  openStore: NonNullable<ServiceOptions['openStore']>,
): Promise<Ground> => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const quotas = { onDemandRotationsPerKey }
  let service = await startTestService({ quotas, openStore })
  const look = (): void => t.mock.timers.tick(lookMs)
  const restart = async (): Promise<void> => void (service = await service.restart())
  let count = 0
  return {
    live: async (life) => {
      count += 1
      const run = new Life(() => service, restart, look, String(count))
      try {
        for (const step of life) await run.take(step)
        await run.decryptAll()
      } finally {
        await run.end()
      }
    },
    end: async () => {
      await service[Symbol.asyncDispose]()
      t.mock.timers.reset()
    },
  }
}

/** One life, and what is expected of it. */
class Life {
  readonly #model: Model = newModel()
  readonly #service: () => TestService
  readonly #restart: () => Promise<void>
  readonly #look: () => void
  /** Begins the names of its aliases. */
  readonly #prefix: string
  readonly #parameters = new Map<ModelKey, { readonly answer: Answer; readonly untilMs: number }>()

  constructor(
    service: () => TestService,
    restart: () => Promise<void>,
    look: () => void,
    prefix: string,
  ) {
    this.#service = service
    this.#restart = restart
    this.#look = look
    this.#prefix = prefix
  }

  async take(step: Step): Promise<void> {
    if (step.does === 'restart') await this.#restart()
    else if (step.does === 'pass') this.#service().clock.advance(step.hours * hourMs)
    else return this.#attempt(planned(step, this.#model, this.#nowMs, this.#prefix))
    // What is due comes now, also where nothing is expected of it.
    this.#look()
    fallDue(this.#model, this.#nowMs)
    for (const key of this.#model.keys) await this.#check(key)
    await this.#checkAliases()
  }

  /** Looks at all keys once more, and decrypts what they have encrypted. */
  async decryptAll(): Promise<void> {
    for (const key of this.#model.keys) await this.#check(key)
    for (const ciphertext of this.#model.ciphertexts)
      for (const region of ciphertext.key.regional.keys())
        await this.#attempt(decryption(ciphertext, region))
  }

  /** Leaves nothing behind that would fall due again and again. */
  async end(): Promise<void> {
    for (const AliasName of this.#model.aliases.keys())
      await this.#call('DeleteAlias', { AliasName })
    for (const { keyId: KeyId, regional } of this.#model.keys)
      for (const region of regional.keys())
        await this.#call('ScheduleKeyDeletion', { KeyId }, region)
  }

  get #nowMs(): number {
    return this.#service().clock.nowMs()
  }

  #call(operation: string, input: object, region: Region = regions[0]): Promise<Reply> {
    return this.#service().call(operation, input, { region })
  }

  async #attempt(attempt: Attempt | undefined): Promise<void> {
    if (attempt === undefined) return
    const { operation, input, region, key, refusal } = attempt
    const wrapped = await this.#wrapped(attempt)
    const reply =
      wrapped.refused ?? (await this.#call(operation, { ...input, ...wrapped.members }, region))
    assert.equal(reply.type, refusal, `${operation} ${JSON.stringify(input)}: ${reply.text}`)
    if (refusal === undefined) attempt.take(reply.json)
    fallDue(this.#model, this.#nowMs)
    if (key !== undefined) await this.#checkMetadata(key, region)
  }

  /** Wraps what is to be imported, as AWS has it: with parameters that last for a day. */
  async #wrapped({
    secret,
    key,
    region,
  }: Attempt): Promise<{ readonly members?: object; readonly refused?: Reply }> {
    if (secret === undefined || key === undefined) return {}
    const known = this.#parameters.get(key)
    const isKnown = known !== undefined && known.untilMs > this.#nowMs
    const input = { KeyId: key.keyId, WrappingAlgorithm: algorithm, WrappingKeySpec: 'RSA_2048' }
    const reply = isKnown ? undefined : await this.#call('GetParametersForImport', input, region)
    if (reply?.type !== undefined) return { refused: reply }
    const answer = reply?.json ?? known?.answer ?? {}
    if (reply !== undefined)
      this.#parameters.set(key, { answer, untilMs: this.#nowMs + 24 * hourMs })
    const publicKey = Buffer.from(String(answer['PublicKey']), 'base64')
    const EncryptedKeyMaterial = wrapMaterial(algorithm, publicKey, Buffer.alloc(32, secret + 1))
    return { members: { EncryptedKeyMaterial, ImportToken: answer['ImportToken'] } }
  }

  /** Waits until what has fallen due is done, and holds what the service tells against the model. */
  async #check(key: ModelKey): Promise<void> {
    for (const region of regionsOf(key)) {
      await this.#checkMetadata(key, region)
      if (!key.regional.has(region)) continue
      const input = { KeyId: key.keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
      await this.#until(
        async () =>
          succeeded(await this.#call('GetKeyRotationStatus', { KeyId: key.keyId }, region)),
        () => expectedStatus(key, region),
      )
      await this.#until(
        async () => {
          const { Rotations } = succeeded(await this.#call('ListKeyRotations', input, region))
          return observedMaterial(Rotations as Answer[])
        },
        () => expectedMaterial(key),
      )
    }
  }

  #checkMetadata(key: ModelKey, region: Region): Promise<void> {
    return this.#until(
      async () => {
        const reply = await this.#call('DescribeKey', { KeyId: key.keyId }, region)
        if (reply.type === 'NotFoundException') return undefined
        const metadata = succeeded(reply)['KeyMetadata'] as Answer
        learnId(key, metadata['CurrentKeyMaterialId'])
        return observedMetadata(metadata)
      },
      () => expectedMetadata(key, region),
    )
  }

  async #checkAliases(): Promise<void> {
    const start = `alias/${this.#prefix}-`
    await this.#until(
      async () => {
        const { Aliases } = succeeded(await this.#call('ListAliases', {}))
        const own = (Aliases as { AliasName: string; TargetKeyId: string }[])
          .filter(({ AliasName }) => AliasName.startsWith(start))
          .map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId])
        return Object.fromEntries(own) as object
      },
      () => Object.fromEntries([...this.#model.aliases].map(([name, { keyId }]) => [name, keyId])),
    )
  }

  async #until(observe: () => Promise<unknown>, expect: () => unknown): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const observed = await observe()
      const expected = expect()
      if (isDeepStrictEqual(observed, expected)) return
      if (turn === turnsMax) assert.deepEqual(observed, expected)
      this.#look()
      await new Promise(setImmediate)
    }
  }
}

const algorithm = 'RSAES_OAEP_SHA_256'

/** Only keys of one kind are ever anywhere but where they were made. */
const regionsOf = ({ kind }: ModelKey): readonly Region[] =>
  kind === 'multiRegion' ? regions : regions.slice(0, 1)

/** Material that the service made has an id that only it knows, and never the same twice. */
const learnId = ({ current, generations }: ModelKey, id: unknown): void => {
  if (current === undefined || current.id !== undefined) return
  if (generations.every((each) => each.id !== id)) current.id = String(id)
}

const planned = (
  step: Exclude<Step, { readonly does: 'pass' | 'restart' }>,
  model: Model,
  nowMs: number,
  prefix: string,
): Attempt | undefined => {
  const plan = planners[step.does] as (...args: readonly unknown[]) => Attempt | undefined
  return plan(step, model, nowMs, prefix)
}
