import { decodeInput } from '../api/decode.ts'
import { encodeOutput } from '../api/encode.ts'
import { internalFailure, KmsError } from '../api/errors.ts'
import { parseJson } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { operationNames } from '../api/operation-names.ts'
import { type BuiltName, type Input, isBuilt, operations, type Output } from '../api/operations.ts'
import type { Caller } from '../core/access/decision.ts'
import type { Place } from '../core/keys/arn.ts'
import type { AppendOptions, AuditSink } from '../core/ports.ts'
import type { Change } from '../core/state/change.ts'
import { discardCommitted } from '../core/crypto/blob.ts'
import { CallRecord, type Origin } from './call-record.ts'
import { jsonContentType } from './http/answers.ts'
import type { Call, Handlers, Target, World } from './call.ts'
import { dryRunSucceeded } from './dry-run.ts'
import { inputChecks } from './input-checks.ts'
import { resolveTargets } from './resolve.ts'
import { eraseSecrets } from './secrets.ts'

/** A call whose signature is verified. */
export type SignedCall = Origin & {
  readonly caller: Caller
  readonly place: Place
  /** The value of X-Amz-Target. */
  readonly target: string | undefined
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

/** A sink that shares its disk with the store, and keeps some of it back. */
export type ReservingSink = AuditSink & { releaseReserve(): Promise<void> }

const targetPrefix = 'TrentService.'
/** Operations that take access away; they keep working while the disk is full. */
const worksOnFullDisk: ReadonlySet<string> = new Set(['DisableKey', 'PutKeyPolicy'])

/**
 * The one way of a call, for every operation: decode and validate, resolve, decide, work, make the
 * record durable, encode. It reads the operation's row; no handler repeats a step of it.
 */
export class Pipeline {
  readonly #world: World
  readonly #handlers: Handlers
  readonly #audit: ReservingSink
  readonly #onFault: (error: unknown, requestId: string) => void

  constructor(
    world: World,
    handlers: Handlers,
    audit: ReservingSink,
    onFault: (error: unknown, requestId: string) => void,
  ) {
    this.#world = world
    this.#handlers = handlers
    this.#audit = audit
    this.#onFault = onFault
  }

  /** The body of the answer; `undefined` is an empty one. Throws KmsError and nothing else. */
  async answer(signed: SignedCall): Promise<Uint8Array | undefined> {
    const name = operationName(signed.target)
    const record = new CallRecord(name, signed, this.#world)
    this.#requireAudit(name, signed.requestId)
    try {
      requireContentType(signed.contentType)
      const known = requireBuilt(name)
      const row: Operation = operations[known]
      return row.changes
        ? await this.#change(known, row, signed, record)
        : await this.#use(known, row, signed, record)
    } catch (error) {
      const refusal = this.#asKmsError(error, signed.requestId)
      if (!record.isDurable) await this.#append(record.refused(refusal))
      throw refusal
    }
  }

  async #use(
    name: BuiltName,
    row: Operation,
    signed: SignedCall,
    record: CallRecord,
  ): Promise<Uint8Array | undefined> {
    const changes = this.#world.directory.changes
    const { input, call } = await this.#prepare(name, row, signed, record)
    const output = await this.#work(name, input, call)
    try {
      await this.#append(record.succeeded(undefined, output))
      record.isDurable = true
      // A key that was disabled while its use was being recorded must not answer any more.
      if (changes !== this.#world.directory.changes)
        await this.#resolveAgain(name, row, signed, record)
      return encodeOutput(name, output)
    } finally {
      eraseSecrets(row.output, output)
    }
  }

  async #change(
    name: BuiltName,
    row: Operation,
    signed: SignedCall,
    record: CallRecord,
  ): Promise<Uint8Array | undefined> {
    const { answer, durable } = await this.#world.state.exclusive(async () => {
      const { input, call } = await this.#prepare(name, row, signed, record)
      const output = await this.#work(name, input, call)
      if (call.change.isEmpty)
        return { answer: output, durable: this.#append(record.succeeded(undefined, output)) }
      let line = ''
      const changeSeq = await this.#commit(
        name,
        call.change,
        (seq) => (line = record.succeeded(seq, output)),
      )
      record.isDurable = true
      this.#world.directory.forget(call.change.rows)
      // Appended before the next change may run, so that the log has them in their order.
      return { answer: output, durable: this.#append(line, { changeSeq }) }
    })
    await durable
    record.isDurable = true
    return encodeOutput(name, answer)
  }

  async #commit(name: BuiltName, change: Change, record: (seq: number) => string): Promise<number> {
    const { state, directory } = this.#world
    try {
      return await state.commit(change, record).catch(async (error: unknown) => {
        if (!worksOnFullDisk.has(name) || !saysDiskFull(error)) throw error
        // Store and log share the disk: the log's reserve makes room for one more try.
        await this.#audit.releaseReserve()
        return state.commit(change, record)
      })
    } catch (error) {
      // It may have taken effect all the same, so no key is known to be usable any more.
      directory.clear()
      throw error
    }
  }

  async #prepare<N extends BuiltName>(
    name: N,
    row: Operation,
    signed: SignedCall,
    record: CallRecord,
  ): Promise<{ input: Input<N>; call: Call }> {
    const input = decodeInput(name, parseJson(signed.body))
    record.decoded(row, input)
    inputChecks[name]?.(input)
    const { caller, place } = signed
    const question = { world: this.#world, caller, place }
    const found = (target: Target): void => record.found(target)
    const members = input as { readonly [member: string]: unknown }
    const targets = await resolveTargets(name, row, members, question, found)
    const call = {
      ...this.#world,
      caller,
      place,
      targets,
      change: this.#world.state.begin(),
      noted: record.noted,
    }
    return { input, call }
  }

  async #work<N extends BuiltName>(name: N, input: Input<N>, call: Call): Promise<Output<N>> {
    const row: Operation = operations[name]
    try {
      const output = await this.#handlers[name](input, call)
      if ((input as { DryRun?: boolean }).DryRun !== true) return output
      // All of the work is done, so that the answer is the truth; what it made goes no further.
      eraseSecrets(row.output, output)
      throw dryRunSucceeded()
    } finally {
      eraseSecrets(row.input, input)
      discardCiphertexts(call)
    }
  }

  /** Refuses what would be refused now; a second record then says that nothing left. */
  async #resolveAgain(
    name: BuiltName,
    row: Operation,
    signed: SignedCall,
    record: CallRecord,
  ): Promise<void> {
    try {
      const { call } = await this.#prepare(name, row, signed, record.again())
      discardCiphertexts(call)
    } catch (error) {
      record.isDurable = false
      record.withheld = true
      throw error
    }
  }

  /** Without a record there is no answer, so nothing may begin that could not be recorded. */
  #requireAudit(name: string, requestId: string): void {
    const failure = this.#audit.failure()
    if (failure !== undefined) throw this.#asKmsError(failure, requestId)
    if (this.#audit.full() && !worksOnFullDisk.has(name))
      throw this.#asKmsError(new Error('the disk of the audit log is full'), requestId)
  }

  async #append(line: string, options?: AppendOptions): Promise<void> {
    try {
      await this.#audit.append(line, options)
    } catch (error) {
      throw internalFailure(error)
    }
  }

  #asKmsError(error: unknown, requestId: string): KmsError {
    const refusal = error instanceof KmsError ? error : internalFailure(error)
    if (refusal.status === 500) this.#onFault(refusal.cause ?? refusal, requestId)
    return refusal
  }
}

const saysDiskFull = (error: unknown): boolean =>
  error instanceof Error && /disk (?:of the database )?is full|ENOSPC/.test(error.message)

/** What a ciphertext's commitment was opened with; harmless if it was decrypted. */
const discardCiphertexts = ({ targets }: Call): void => {
  for (const { committed } of targets) if (committed !== undefined) discardCommitted(committed)
}

/** The name after the prefix; an unknown target is kept as it is, for the record. */
const operationName = (target: string | undefined): string =>
  target?.startsWith(targetPrefix) === true ? target.slice(targetPrefix.length) : ''

/** The header may be unsigned, so it decides nothing: it is compared with the one legal value. */
const requireContentType = (contentType: string | undefined): void => {
  if (contentType === undefined || contentType === jsonContentType) return
  throw new KmsError('SerializationException', `The content type has to be ${jsonContentType}.`)
}

const requireBuilt = (name: string): BuiltName => {
  if (isBuilt(name)) return name
  if ((operationNames as readonly string[]).includes(name))
    throw new KmsError(
      'UnsupportedOperationException',
      `The operation ${name} is not supported by this service yet.`,
    )
  throw new KmsError('UnknownOperationException')
}
