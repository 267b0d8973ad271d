import type { KmsError } from '../api/errors.ts'
import type { Operation } from '../api/operation.ts'
import type { AnyService } from '../api/service.ts'
import type { Decision } from '../core/access/evaluate/decision.ts'
import { explainDecision } from '../core/access/evaluate/explain.ts'
import { auditedRecipient } from '../core/attestation/measurements.ts'
import type { Recipient } from '../core/attestation/verify.ts'
import type { Caller } from '../core/identity/caller.ts'
import { roleArn } from '../core/identity/arn.ts'
import { aliasArn, type Place } from '../core/keys/arn.ts'
import { isTracked, type KeyUse } from '../core/keys/key-uses.ts'
import { type AuditedJson, auditedInput, auditedOutput } from '../core/audit/audited.ts'
import {
  type AdditionalData,
  auditRecord,
  type AuditResource,
  type AuditTls,
} from '../core/audit/record.ts'
import type { Target, World } from './call.ts'

/** Where a call came from. */
export type Origin = {
  readonly requestId: string
  readonly remoteAddress: string
  readonly userAgent: string
  readonly tls: AuditTls | undefined
}

/** What the audit log will say of one call, gathered while the call goes its way. */
export class CallRecord {
  /** Set once the record cannot be lost any more: no second one is written then. */
  isDurable = false
  /** Handlers put here what the answer does not carry. */
  readonly noted: { keyMaterialId?: string } = {}
  readonly #service: AnyService
  readonly #name: string
  readonly #origin: Origin & { readonly caller: Caller; readonly place: Place }
  readonly #world: World
  #resources: readonly AuditResource[] = []
  #grantIds: readonly string[] = []
  #recipient: AdditionalData['recipient']
  #isWithheld = false
  #isIntended = false
  #denialReason: string | undefined
  #row: Operation | undefined
  #request: AuditedJson | undefined
  /** Of the newest line that was made. */
  #eventTimeMs = 0
  #eventId = ''

  constructor(
    service: AnyService,
    name: string,
    origin: Origin & { readonly caller: Caller; readonly place: Place },
    world: World,
  ) {
    this.#service = service
    this.#name = name
    this.#origin = origin
    this.#world = world
  }

  /** Whom the answer is for; verified. */
  attested(recipient: Recipient | undefined): void {
    this.#recipient = recipient && auditedRecipient(recipient)
  }

  decoded(row: Operation, input: object): void {
    this.#row = row
    this.#request = auditedInput(row, input)
  }

  /** A record of its own for looking again, so that this one names each resource once. */
  again(): CallRecord {
    return new CallRecord(this.#service, this.#name, this.#origin, this.#world)
  }

  /** The use was recorded, and then refused before anything left, as `again` found. */
  withhold(again: CallRecord): void {
    this.isDurable = false
    this.#isWithheld = true
    this.#denialReason = again.#denialReason
  }

  found({ key, alias, role }: Target): void {
    if (role !== undefined) this.#about(roleArn(role), role.account)
    if (alias !== undefined) this.#about(aliasArn(alias, alias.name), alias.account)
    if (key !== undefined) this.#about(key.arn, key.record.account)
  }

  /** Remembers why it was denied, or the grant that allowed it. */
  decided(decision: Decision): void {
    if (!decision.allowed) {
      this.#denialReason = explainDecision(decision)
      return
    }
    const { opening } = decision.reason
    if (opening?.kind !== 'grant') return
    const { grantId } = opening.grant.record
    if (!this.#grantIds.includes(grantId)) this.#grantIds = [...this.#grantIds, grantId]
  }

  #about(arn: string, account: string): void {
    this.#resources = [...this.#resources, { arn, account }]
  }

  succeeded(changeSeq: number | undefined, output: unknown): string {
    const row = this.#row
    // A read lists nothing of its answer, but for those that open a session.
    const response =
      row === undefined || row.auditOutput.length === 0
        ? undefined
        : auditedOutput(row, output as object)
    return this.#line(response, undefined, additionalData(output, changeSeq, this.noted))
  }

  /** What a key was last used for, as the newest line has it; `undefined` if that is no use. */
  use(): KeyUse | undefined {
    if (!isTracked(this.#name)) return undefined
    return {
      operation: this.#name,
      atMs: this.#eventTimeMs - (this.#eventTimeMs % 1000),
      eventId: this.#eventId,
      requestId: this.#origin.requestId,
    }
  }

  /**
   * That the call is about to do something outside of the service, whatever comes of it: another
   * record will tell. `undefined` if that was said before.
   */
  intended(): string | undefined {
    if (this.#isIntended) return undefined
    this.#isIntended = true
    return this.#line(undefined, undefined, { outcome: 'intended' })
  }

  refused(error: KmsError): string {
    return this.#line(undefined, error, {
      denialReason: this.#denialReason,
      outcome: this.#isWithheld ? 'withheld' : undefined,
    })
  }

  #line(
    response: AuditedJson | undefined,
    error: KmsError | undefined,
    additional: Additional,
  ): string {
    const { caller, place, requestId, remoteAddress, userAgent, tls } = this.#origin
    this.#eventTimeMs = this.#world.clock.nowMs()
    this.#eventId = this.#world.random.uuid()
    return auditRecord({
      eventTimeMs: this.#eventTimeMs,
      eventSource: eventSource[this.#service.name],
      eventName: this.#name === '' ? 'UnknownOperation' : this.#name.slice(0, 64),
      region: place.region,
      account: place.account,
      caller,
      sourceAddress: remoteAddress,
      userAgent,
      request: this.#request,
      resources: this.#resources,
      requestId,
      eventId: this.#eventId,
      readOnly: this.#row?.changes !== true,
      tls,
      response,
      error,
      additional: { ...additional, recipient: this.#recipient, grantIds: this.#grantIds },
    })
  }
}

const eventSource = {
  kms: 'kms.amazonaws.com',
  iam: 'iam.amazonaws.com',
  sts: 'sts.amazonaws.com',
  keyhold: 'keyhold',
  'kms-xks-proxy': 'kms-xks-proxy',
} as const satisfies Record<AnyService['name'], string>

type MaterialIds = {
  readonly KeyMaterialId?: string
  readonly SourceKeyMaterialId?: string
  readonly DestinationKeyMaterialId?: string
}

/** Of one outcome; the grants and the recipient are those of the call. */
type Additional = Omit<AdditionalData, 'recipient' | 'grantIds'>

const additionalData = (
  output: unknown,
  changeSeq: number | undefined,
  noted: { readonly keyMaterialId?: string },
): Additional => {
  const ids = (output ?? {}) as MaterialIds
  return {
    keyMaterialId: noted.keyMaterialId ?? ids.KeyMaterialId,
    sourceKeyMaterialId: ids.SourceKeyMaterialId,
    destinationKeyMaterialId: ids.DestinationKeyMaterialId,
    changeSeq,
  }
}
