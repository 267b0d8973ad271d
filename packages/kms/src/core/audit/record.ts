import type { ErrorCode } from '../../api/errors.ts'
import type { Caller } from '../identity/caller.ts'
import type { AuditedJson } from './audited.ts'
import { nothing } from './audited.ts'
import { quoted, quotedBounded, quotedSecond } from './json-text.ts'
import { userIdentity } from './user-identity.ts'
import { remembering } from '../remembering.ts'

/** Longest texts that a record repeats, in UTF-16 units; the rest is cut off. */
export const recordLimits = {
  userAgent: 512,
  errorMessage: 1024,
  denialReason: 1024,
  address: 64,
  host: 256,
  resources: 16,
} as const

/** A key, an alias or a role that the call was about; `account` owns it. */
export type AuditResource = { readonly arn: string; readonly account: string }

/**
 * What CloudTrail keeps apart from request and answer. All but the ids of key material are
 * Keyhold's own.
 */
export type AdditionalData = {
  readonly keyMaterialId?: string | undefined
  readonly sourceKeyMaterialId?: string | undefined
  readonly destinationKeyMaterialId?: string | undefined
  /** What is known of the attested program that the answer was for. */
  readonly recipient?: readonly (readonly [name: string, value: string])[] | undefined
  /** Place in the change log of the change that the record tells of; its last entry. */
  readonly changeSeq?: number | undefined
  /** The grants that allowed it. */
  readonly grantIds?: readonly string[] | undefined
  /** Why it was denied: the deciding statement, or what there would have had to be. */
  readonly denialReason?: string | undefined
  /**
   * `withheld`: the use was recorded as done before, and then nothing of it left the service.
   * `intended`: it is about to be done outside; the outcome has a record of its own.
   */
  readonly outcome?: 'withheld' | 'intended' | undefined
}

export type AuditTls = {
  readonly version: string
  readonly cipherSuite: string
  /** The `Host` header as the client sent it. */
  readonly host: string
  readonly keyExchange?: string | undefined
}

type EventFields = {
  readonly eventTimeMs: number
  /** The service that was called, such as `kms.amazonaws.com`; absent: that one. */
  readonly eventSource?: string
  readonly eventName: string
  readonly region: string
  /** The account whose trail receives the record: the key's owner's, or the caller's. */
  readonly account: string
  readonly resources: readonly AuditResource[]
  readonly additional?: AdditionalData | undefined
  readonly eventId: string
}

export type AuditFields = EventFields & {
  readonly caller: Caller
  readonly sourceAddress: string
  readonly userAgent: string
  /** Made by `auditedInput`; absent if the request could not be decoded. */
  readonly request: AuditedJson | undefined
  /** Made by `auditedOutput`; absent for reads and for failures. */
  readonly response: AuditedJson | undefined
  readonly error?: { readonly code: ErrorCode; readonly message: string } | undefined
  readonly requestId: string
  readonly readOnly: boolean
  readonly tls?: AuditTls | undefined
}

/** Something that the service does by itself: the deletion of a key that has fallen due, say. */
export type ServiceEventFields = EventFields & {
  /** Ids and names alone: they are written as they are. */
  readonly details: Readonly<Record<string, string>>
}

/**
 * The record of one call: a line of JSON without its end, in CloudTrail's event format 1.11, members
 * in CloudTrail's order (CloudTrail User Guide, "CloudTrail record contents").
 */
export const auditRecord = (fields: AuditFields): string =>
  '{"eventVersion":"1.11","userIdentity":' +
  userIdentity(fields.caller) +
  whatHappened(fields) +
  ',"sourceIPAddress":' +
  quotedBounded(fields.sourceAddress, recordLimits.address) +
  ',"userAgent":' +
  userAgentText(fields.userAgent) +
  errorText(fields.error) +
  ',"requestParameters":' +
  (fields.request ?? nothing) +
  ',"responseElements":' +
  (fields.response ?? nothing) +
  additionalText(fields.additional) +
  ',"requestID":' +
  quoted(fields.requestId) +
  ',"eventID":' +
  quoted(fields.eventId) +
  (fields.readOnly ? ',"readOnly":true' : ',"readOnly":false') +
  resourcesText(fields.resources) +
  ',"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":' +
  quoted(fields.account) +
  ',"eventCategory":"Management"' +
  tlsText(fields.tls) +
  '}'

/** The record of a background event, which nobody called for: CloudTrail's `AwsServiceEvent`. */
export const serviceEvent = (fields: ServiceEventFields): string =>
  '{"eventVersion":"1.11","userIdentity":{"accountId":' +
  quoted(fields.account) +
  ',"invokedBy":"AWS Internal"}' +
  whatHappened(fields) +
  ',"sourceIPAddress":"AWS Internal","userAgent":"AWS Internal"' +
  ',"requestParameters":null,"responseElements":null' +
  additionalText(fields.additional) +
  ',"eventID":' +
  quoted(fields.eventId) +
  ',"readOnly":false' +
  resourcesText(fields.resources) +
  ',"eventType":"AwsServiceEvent","managementEvent":true,"recipientAccountId":' +
  quoted(fields.account) +
  ',"serviceEventDetails":' +
  detailsText(fields.details) +
  ',"eventCategory":"Management"}'

const whatHappened = (fields: EventFields): string =>
  ',"eventTime":' +
  quotedSecond(fields.eventTimeMs) +
  ',"eventSource":"' +
  (fields.eventSource ?? 'kms.amazonaws.com') +
  '","eventName":' +
  quoted(fields.eventName) +
  ',"awsRegion":' +
  quoted(fields.region)

const userAgentText = remembering((userAgent) => {
  const bounded = userAgent.slice(0, recordLimits.userAgent)
  return quoted(bounded.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd'))
})

const errorText = (error: AuditFields['error']): string => {
  if (error === undefined) return ''
  // CloudTrail shortens this one code; every other one stands as the service answered it.
  const code = error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code
  const message = quotedBounded(error.message, recordLimits.errorMessage)
  return ',"errorCode":' + quoted(code) + (message === '""' ? '' : ',"errorMessage":' + message)
}

const additionalText = (additional: AdditionalData | undefined): string => {
  if (additional === undefined) return ''
  const members =
    member('keyMaterialId', additional.keyMaterialId) +
    member('sourceKeyMaterialId', additional.sourceKeyMaterialId) +
    member('destinationKeyMaterialId', additional.destinationKeyMaterialId) +
    recipientText(additional.recipient) +
    (additional.changeSeq === undefined ? '' : ',"changeSeq":' + String(additional.changeSeq)) +
    grantIdsText(additional.grantIds) +
    denialText(additional.denialReason) +
    member('outcome', additional.outcome)
  return members === '' ? '' : ',"additionalEventData":{' + members.slice(1) + '}'
}

const recipientText = (recipient: AdditionalData['recipient']): string =>
  recipient === undefined
    ? ''
    : ',"recipient":{' +
      recipient.map(([name, value]) => quoted(name) + ':' + quoted(value)).join(',') +
      '}'

const grantIdsText = (ids: AdditionalData['grantIds']): string =>
  ids === undefined || ids.length === 0 ? '' : ',"grantIds":[' + ids.map(quoted).join(',') + ']'

const denialText = (reason: string | undefined): string =>
  reason === undefined ? '' : ',"denialReason":' + quotedBounded(reason, recordLimits.denialReason)

const member = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ',"' + name + '":' + quoted(value)

const resourcesText = (resources: readonly AuditResource[]): string => {
  if (resources.length === 0) return ''
  let json = ',"resources":['
  for (let at = 0; at < resources.length && at < recordLimits.resources; at += 1) {
    const { arn, account } = resources[at]!
    json += (at === 0 ? '{"accountId":' : ',{"accountId":') + quoted(account) + typeAndArn(arn)
  }
  return json + ']'
}

const typeAndArn = remembering((arn) => {
  const type = arn.includes(':role/')
    ? 'AWS::IAM::Role'
    : arn.includes(':alias/')
      ? 'AWS::KMS::Alias'
      : 'AWS::KMS::Key'
  return ',"type":"' + type + '","ARN":' + quoted(arn) + '}'
})

const tlsText = (tls: AuditTls | undefined): string => {
  if (tls === undefined) return ''
  return (
    ',"tlsDetails":{"tlsVersion":' +
    quoted(tls.version) +
    ',"cipherSuite":' +
    quoted(tls.cipherSuite) +
    ',"clientProvidedHostHeader":' +
    quotedBounded(tls.host, recordLimits.host) +
    member('keyExchange', tls.keyExchange) +
    '}'
  )
}

const detailsText = (details: Readonly<Record<string, string>>): string => {
  const members = Object.entries(details).map(([name, text]) => quoted(name) + ':' + quoted(text))
  return '{' + members.join(',') + '}'
}
