import assert from 'node:assert/strict'
import { iam } from '../../../src/api/iam.ts'
import { queryFault } from '../../../src/api/query/errors.ts'
import type { ErrorCode } from '../../../src/api/errors.ts'
import { sts } from '../../../src/api/sts.ts'
import { signRequest, type SigningCredentials } from '../../../src/client/sign.ts'
import type { Clock } from '../../../src/core/ports.ts'
import type { Reply, TestService } from '../harness.ts'
import { parseXml, type XmlValue } from './xml.ts'

const versions = { iam: iam.apiVersion, sts: sts.apiVersion } as const

/** Parameters of a request: lists and structures are written out as `Tags.member.1.Key`. */
export type Params = { readonly [name: string]: unknown }

export type QueryOptions = {
  readonly credentials?: SigningCredentials
  readonly region?: string
  readonly service?: string
  readonly version?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Parameters by the names that they have on the wire. */
export const flatten = (params: Params): [string, string][] =>
  Object.entries(params).flatMap(([name, value]) => flattenValue(name, value))

const flattenValue = (name: string, value: unknown): [string, string][] => {
  if (value === undefined) return []
  if (Array.isArray(value)) {
    if (value.length === 0) return [[name, '']]
    return value.flatMap((item, i) => flattenValue(`${name}.member.${i + 1}`, item))
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([part, inner]) => flattenValue(`${name}.${part}`, inner))
  return [[name, `${value as string | number | boolean}`]]
}

export const formOf = (
  service: 'iam' | 'sts',
  action: string,
  params: Params,
  version: string = versions[service],
): string => {
  const all: [string, string][] = [['Action', action], ['Version', version], ...flatten(params)]
  return all
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

/** A service that forms can be sent to. */
export type FormService = Pick<TestService, 'endpoint' | 'credentials' | 'send'> & {
  readonly clock: Clock
}

/** Sends a form to IAM or STS, signed for it. */
export const sendForm = (
  test: FormService,
  service: 'iam' | 'sts',
  body: string,
  options: QueryOptions = {},
): Promise<Reply> => {
  const headers = signRequest({
    method: 'POST',
    url: new URL(test.endpoint),
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...options.headers,
    },
    body: Buffer.from(body),
    credentials: options.credentials ?? test.credentials,
    region: options.region ?? 'us-east-1',
    service: options.service ?? service,
    nowMs: test.clock.nowMs(),
  })
  return test.send('POST', '/', headers, body)
}

const call =
  (service: 'iam' | 'sts') =>
  (test: FormService, action: string, params: Params = {}, options: QueryOptions = {}) =>
    sendForm(test, service, formOf(service, action, params, options.version), options)

/** A signed call of IAM, or of STS. */
export const callIam = call('iam')
export const callSts = call('sts')

type Structure = { readonly [name: string]: XmlValue | readonly XmlValue[] }

/** Fails unless the call succeeded; returns its result, an empty one if it has none. */
export const done = (reply: Reply): Structure => {
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.headers['content-type'], 'text/xml')
  const { name, value } = parseXml(reply.text)
  assert.match(name, /Response$/)
  const parts = value as Structure
  const metadata = parts['ResponseMetadata'] as Structure
  assert.equal(metadata['RequestId'], reply.headers['x-amzn-requestid'])
  const result = parts[name.replace(/Response$/, 'Result')]
  return typeof result === 'object' ? (result as Structure) : {}
}

/** The value at a path of an answer: `at(answer, 'User', 'Arn')`. */
export const at = (value: Structure, ...path: readonly string[]): string =>
  path.reduce<unknown>((part, name) => (part as Structure)[name], value) as string

/** The items of a list of an answer. */
export const items = (value: Structure, name: string): readonly Structure[] => {
  const list = value[name]
  assert.notEqual(list, undefined, name)
  return typeof list === 'string' ? [] : ((list as { member: readonly Structure[] }).member ?? [])
}

/** Fails unless the call was refused with this fault. */
export const refusedBy = (reply: Reply, code: ErrorCode, message?: string | RegExp): void => {
  const { name, value } = parseXml(reply.text)
  assert.equal(name, 'ErrorResponse', reply.text)
  const error = (value as Structure)['Error'] as Structure
  const fault = queryFault({ code, message: '' })
  assert.equal(error['Code'], fault.code, reply.text)
  assert.equal(reply.status, fault.status)
  assert.equal(error['Type'], fault.status < 500 ? 'Sender' : 'Receiver')
  assert.equal(reply.headers['content-type'], 'text/xml')
  if (message instanceof RegExp) assert.match(error['Message'] as string, message)
  else if (message !== undefined) assert.equal(error['Message'], message)
}

/** Makes a user with an access key, and returns its credentials. */
export const newUser = async (
  test: TestService,
  UserName: string,
  policy?: object,
): Promise<SigningCredentials> => {
  done(await callIam(test, 'CreateUser', { UserName }))
  if (policy !== undefined)
    done(
      await callIam(test, 'PutUserPolicy', {
        UserName,
        PolicyName: 'own',
        PolicyDocument: JSON.stringify(policy),
      }),
    )
  const key = done(await callIam(test, 'CreateAccessKey', { UserName }))
  return {
    accessKeyId: at(key, 'AccessKey', 'AccessKeyId'),
    secretAccessKey: at(key, 'AccessKey', 'SecretAccessKey'),
  }
}

/** A policy of one statement. */
export const allow = (Action: string | readonly string[], Resource = '*', more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
})

/** A trust policy that lets the principal assume the role. */
export const trust = (principal: object | string, more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: typeof principal === 'string' ? { AWS: principal } : principal,
        Action: 'sts:AssumeRole',
        ...more,
      },
    ],
  })
