import { internalFailure, KmsError } from '../api/errors.ts'
import type { Operation } from '../api/operation.ts'
import type { Decision } from '../core/access/evaluate/decision.ts'
import type { Caller } from '../core/identity/caller.ts'
import type { Signer } from '../core/identity/principals.ts'
import type { Place } from '../core/keys/arn.ts'
import type { AppendOptions, AuditSink } from '../core/ports.ts'
import type { Change } from '../core/state/change.ts'
import { discardCommitted } from '../core/crypto/blob.ts'
import { forgetAll, forgetRows, refresh } from './caches.ts'
import { alwaysSoon, type Soon, whenSoon } from '../core/soon.ts'
import { CallRecord, type Origin } from './call-record.ts'
import type { Call, Target, World } from './call.ts'
import { dryRunSucceeded } from './dry-run.ts'
import type { Asked, Message } from './protocols.ts'
import { addressed, requireRecipient } from './recipient.ts'
import { eraseSecrets } from './secrets.ts'
import type { Served } from './served.ts'

/** A call whose signature is verified, or which needs none. */
export type SignedCall = Origin &
  Message & {
    readonly served: Served
    readonly caller: Caller
    /** What it was signed with; absent where a token stands in for a signature. */
    readonly signer: Signer | undefined
    readonly place: Place
  }

/** An input once decoded, by the names of its members. */
type NamedMembers = { readonly [member: string]: unknown }

/** What a use came to, before anybody learns of it. */
type Used = { readonly work: Call; readonly output: unknown }

/** A call whose operation is known. */
type KnownCall = SignedCall & { readonly asked: Asked; readonly row: Operation }

/** A sink that shares its disk with the store, and keeps some of it back. */
export type ReservingSink = AuditSink & { releaseReserve(): Promise<void> }

/** Who answers calls: this process's pipeline, or one that leaves some calls to another process. */
export type Answering = Pick<Pipeline, 'answer'>

/** Operations that take access away; they keep working while the disk is full. */
const worksOnFullDisk: ReadonlySet<string> = new Set([
  'DisableKey',
  'PutKeyPolicy',
  'RevokeGrant',
  'RetireGrant',
  'UpdateAccessKey',
  'DeleteAccessKey',
])

const essential: AppendOptions = { isEssential: true }

/**
 * The one way of a call, for every operation: decode and validate, resolve, decide, work, make the
 * record durable, encode. It reads the operation's row; no handler repeats a step of it.
 */
export class Pipeline {
  readonly #world: World
  readonly #audit: ReservingSink
  readonly #onFault: (error: unknown, requestId: string) => void

  constructor(
    world: World,
    audit: ReservingSink,
    onFault: (error: unknown, requestId: string) => void,
  ) {
    this.#world = world
    this.#audit = audit
    this.#onFault = onFault
  }

  /** The body of the answer; `undefined` is an empty one. Throws KmsError and nothing else. */
  async answer(signed: SignedCall): Promise<string | undefined> {
    const { served, requestId } = signed
    const asked = served.protocol.ask(signed)
    const record = new CallRecord(served.service, asked.name, signed, this.#world)
    this.#requireAudit(asked.name, requestId)
    try {
      asked.requireWellFormed()
      const call = { ...signed, asked, row: requireKnown(served, asked.name) }
      if (call.row.changes) return await this.#change(call, record)
      const { changes } = this.#world.directory
      const used = this.#use(call, record)
      const { work, output } = used instanceof Promise ? await used : used
      try {
        await this.#append(record.succeeded(undefined, output))
        record.isDurable = true
        if (changes !== this.#world.directory.changes)
          await this.#resolveAgain(call, record, changes)
        this.#noteUse(work, record)
        return encode(call, output)
      } finally {
        eraseSecrets(call.row.output, output)
      }
    } catch (error) {
      const refusal = this.#asKmsError(error, signed.requestId)
      if (!record.isDurable) await this.#append(record.refused(refusal)).catch(failAsOurs)
      throw refusal
    }
  }

  /** A call that changes nothing. At once where nothing waits. */
  #use(call: KnownCall, record: CallRecord): Soon<Used> {
    return whenSoon(this.#prepare(call, record), ({ input, work }) =>
      whenSoon(this.#work(call, input, work), (output) => ({ work, output })),
    )
  }

  async #change(call: KnownCall, record: CallRecord): Promise<string | undefined> {
    const prepared = await this.#beforehand(call, record)
    const changed = this.#world.state.exclusive(async () => {
      // Whoever waited for his turn may have lost what he signed with in between.
      const { input, work: found } = await this.#prepare(await this.#current(call), record)
      const work = { ...found, prepared }
      const output = await this.#work(call, input, work)
      if (work.change.isEmpty) {
        const unchanged = record.succeeded(undefined, output)
        // Access that is away already must not look as if it could not be taken.
        const options = worksOnFullDisk.has(call.asked.name) ? essential : undefined
        return { answer: output, durable: this.#append(unchanged, options) }
      }
      let line = ''
      const changeSeq = await this.#commit(
        call,
        work.change,
        (seq) => (line = record.succeeded(seq, output)),
      )
      record.isDurable = true
      forgetRows(this.#world, work.change.rows)
      // Appended before the next change may run, so that the log has them in their order.
      const appended = Promise.all([
        ...work.change.events.map((event) => this.#append(event.line, { changeSeq: event.seq })),
        this.#append(line, { changeSeq }),
      ])
      await this.#refresh(call, work.change)
      return { answer: output, durable: appended }
    })
    const { answer, durable } = await changed.finally(() => prepared?.fill(0))
    await durable
    record.isDurable = true
    return encode(call, answer)
  }

  #noteUse({ targets }: Call, record: CallRecord): void {
    const use = record.use()
    if (use === undefined) return
    for (const { key } of targets) if (key !== undefined) this.#world.keyUses.note(key.rowId, use)
  }

  /** What takes long and needs nothing to stand still, made for those alone who may ask for it. */
  async #beforehand(call: KnownCall, record: CallRecord): Promise<Uint8Array | undefined> {
    const prepare = call.served.preparations[call.asked.name]
    if (prepare === undefined) return undefined
    const { input, work } = await this.#prepare(call, record)
    try {
      return await prepare(input as never, work)
    } finally {
      eraseSecrets(call.row.input, input)
    }
  }

  async #commit(call: KnownCall, change: Change, record: (seq: number) => string): Promise<number> {
    const { state } = this.#world
    try {
      return await state.commit(change, record).catch(async (error: unknown) => {
        if (!worksOnFullDisk.has(call.asked.name) || !saysDiskFull(error)) throw error
        // Store and log share the disk: the log's reserve makes room for one more try.
        await this.#audit.releaseReserve()
        return state.commit(change, record)
      })
    } catch (error) {
      forgetAll(this.#world)
      await this.#refresh(call, change)
      throw error
    }
  }

  #refresh({ requestId }: KnownCall, { rows }: Change): Promise<void> {
    return refresh(this.#world, rows, (error) => this.#onFault(error, requestId))
  }

  #prepare(known: KnownCall, record: CallRecord): Soon<{ input: NamedMembers; work: Call }> {
    const { asked, row, served, caller, place, signer } = known
    const input = asked.input(row) as NamedMembers
    record.decoded(row, input)
    served.checks[asked.name]?.(input as never)
    const onDecision = (decision: Decision): void => record.decided(decision)
    const recipient = requireRecipient(input, this.#world)
    record.attested(recipient)
    const question = { world: this.#world, caller, place, origin: known, recipient, onDecision }
    const found = (target: Target): void => record.found(target)
    return whenSoon(served.resolve(asked.name, row, input, question, found), (targets) => {
      const work = {
        ...this.#world,
        caller,
        signer,
        place,
        operation: asked.name,
        origin: known,
        targets,
        recipient,
        change: this.#world.state.begin(),
        noted: record.noted,
        intend: () => this.#intend(record),
      }
      return { input, work }
    })
  }

  /** What happens outside cannot be taken back, so the log knows of it before. */
  async #intend(record: CallRecord): Promise<void> {
    const line = record.intended()
    if (line !== undefined) await this.#append(line).catch(failAsOurs)
  }

  #work({ asked, row, served }: KnownCall, input: NamedMembers, work: Call): Soon<unknown> {
    const finish = (output: unknown): unknown => {
      if (input['DryRun'] !== true) return addressed(row, output, work)
      // All of the work is done, so that the answer is the truth; what it made goes no further.
      eraseSecrets(row.output, output)
      throw dryRunSucceeded()
    }
    const cleanUp = (): void => {
      eraseSecrets(row.input, input)
      discardCiphertexts(work)
    }
    return alwaysSoon(() => {
      // The row has the operation, so the type of its handlers has made sure of this one.
      const output = served.handlers[asked.name]!(input as never, work)
      return whenSoon(output, finish)
    }, cleanUp)
  }

  /**
   * A key that was disabled while its use was being recorded must not answer any more; nor one that
   * was while this was looked into. Refuses what would be refused now; a second record then says
   * that nothing left.
   */
  async #resolveAgain(call: KnownCall, record: CallRecord, since: number): Promise<void> {
    const { directory } = this.#world
    for (let changes = since; changes !== directory.changes;) {
      changes = directory.changes
      const again = record.again()
      try {
        const { work } = await this.#prepare(await this.#current(call), again)
        discardCiphertexts(work)
      } catch (error) {
        record.withhold(again)
        throw error
      }
    }
  }

  /** The call as whoever signed it is now; tags, say, may have changed. Throws if it is no one. */
  async #current(call: KnownCall): Promise<KnownCall> {
    const { signer, place, served } = call
    if (signer === undefined) return call
    const { identityRegion = place.region } = served.service
    return { ...call, caller: await this.#world.principals.caller(signer, identityRegion) }
  }

  /** Without a record there is no answer, so nothing may begin that could not be recorded. */
  #requireAudit(name: string, requestId: string): void {
    const failure = this.#audit.failure()
    if (failure !== undefined) throw this.#asKmsError(failure, requestId)
    if (this.#audit.full() && !worksOnFullDisk.has(name))
      throw this.#asKmsError(new Error('the disk of the audit log is full'), requestId)
  }

  /** Resolves when the record is durable. What it rejects with is a fault of ours. */
  #append(line: string, options?: AppendOptions): Promise<void> {
    return this.#audit.append(line, options)
  }

  #asKmsError(error: unknown, requestId: string): KmsError {
    const refusal = error instanceof KmsError ? error : internalFailure(error)
    if (refusal.status === 500) this.#onFault(refusal.cause ?? refusal, requestId)
    return refusal
  }
}

const failAsOurs = (error: unknown): never => {
  throw internalFailure(error)
}

const saysDiskFull = (error: unknown): boolean =>
  error instanceof Error && /disk (?:of the database )?is full|ENOSPC/.test(error.message)

/** What a ciphertext's commitment was opened with; harmless if it was decrypted. */
const discardCiphertexts = ({ targets }: Call): void => {
  for (const { committed } of targets) if (committed !== undefined) discardCommitted(committed)
}

const encode = (call: KnownCall, output: unknown): string | undefined =>
  call.served.protocol.encode(call.asked.name, call.row, output, call.requestId)

const requireKnown = ({ operations }: Served, name: string): Operation => {
  const row = Object.hasOwn(operations, name) ? operations[name] : undefined
  if (row !== undefined) return row
  throw new KmsError('UnknownOperationException')
}
