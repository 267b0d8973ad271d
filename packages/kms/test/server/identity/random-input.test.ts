import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { iam } from '../../../src/api/iam.ts'
import type { Operation } from '../../../src/api/operation.ts'
import { queryFault } from '../../../src/api/query/errors.ts'
import type { ErrorCode } from '../../../src/api/errors.ts'
import { sts } from '../../../src/api/sts.ts'
import { auditRecords } from '../files.ts'
import { account, startTestService } from '../harness.ts'
import { inputsOf, type Known } from '../random-inputs.ts'
import { allow, at, callIam, callSts, done, newUser, type Params, trust } from './query.ts'
import { parseXml } from './xml.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const root = (action: string, params: Params = {}) => callIam(service, action, params)
const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`

/** What exists at first, so that some of the random inputs are about something. */
const keys = await Promise.all(['a', 'b'].map((name) => newUser(service, name, allow('kms:*'))))
done(await root('CreateGroup', { GroupName: 'a' }))
done(await root('AddUserToGroup', { GroupName: 'a', UserName: 'a' }))
const trusting = trust(arnOf('root'))
done(await root('CreateRole', { RoleName: 'a', AssumeRolePolicyDocument: trusting }))
const document = JSON.stringify(allow('kms:Decrypt'))
done(await root('CreatePolicy', { PolicyName: 'a', PolicyDocument: document }))
const provider = at(
  done(
    await root('CreateOpenIDConnectProvider', { Url: 'https://a.example', ClientIDList: ['a'] }),
  ),
  'OpenIDConnectProviderArn',
)

const names = fc.constantFrom('a', 'b', 'c', 'A')
const documents = fc.constantFrom(document, trusting, '{}', '{"Version":"2012-10-17"}', 'x')
const known: Known = {
  UserName: names,
  NewUserName: names,
  GroupName: names,
  NewGroupName: names,
  RoleName: names,
  PolicyName: names,
  Path: fc.constantFrom('/', '/a/', '/a/b/', 'a'),
  NewPath: fc.constantFrom('/', '/a/'),
  PathPrefix: fc.constantFrom('/', '/a', '/a/'),
  PolicyArn: fc.constantFrom(...['a', 'b', 'c'].map((name) => arnOf(`policy/${name}`))),
  PolicySourceArn: fc.constantFrom(arnOf('user/a'), arnOf('group/a'), arnOf('role/a'), arnOf('x')),
  ActionNames: fc.array(fc.constantFrom('kms:Decrypt', 'kms:Sign', 'kms'), { maxLength: 3 }),
  VersionId: fc.constantFrom('v1', 'v2', 'v9'),
  AccessKeyId: fc.constantFrom(...keys.map((key) => key.accessKeyId), 'A'.repeat(20)),
  OpenIDConnectProviderArn: fc.constantFrom(provider, arnOf('oidc-provider/b.example')),
  Url: fc.constantFrom('https://a.example', 'https://b.example/x', 'http://a.example'),
  ClientID: names,
  PolicyDocument: documents,
  AssumeRolePolicyDocument: documents,
  Policy: documents,
  RoleArn: fc.constantFrom(arnOf('role/a'), arnOf('role/b'), 'x'.repeat(20)),
  RoleSessionName: fc.constantFrom('s1', 's2'),
  WebIdentityToken: fc.constantFrom('a.b.c', `${'e30.'.repeat(2)}AA`, 'x'),
  DurationSeconds: fc.constantFrom(900, 3600, 43_200),
}

type Named = { readonly service: 'iam' | 'sts'; readonly name: string; readonly row: Operation }
const all: Named[] = [iam, sts].flatMap(({ name: served, operations }) =>
  Object.entries(operations as Record<string, Operation>).map(([name, row]) => ({
    service: served,
    name,
    row,
  })),
)
const anyCall = fc
  .constantFrom(...all)
  .chain((each) => fc.tuple(fc.constant(each), inputsOf(each.row.input, known)))

/** A form cannot say null, and what is nothing at all in it is left out. */
const sayable = (value: unknown): unknown => {
  if (value === null) return ''
  if (Array.isArray(value)) return value.map(sayable)
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, sayable(part)]))
}

const everywhere: readonly ErrorCode[] = [
  'ValidationException',
  'SerializationException',
  'UnsupportedOperationException',
  'AccessDeniedException',
  'InvalidMarkerException',
  // The model leaves these out where they are known to occur.
  'InvalidInputException',
  'InvalidIdentityTokenException',
]

describe('forms made from the rows of all operations of IAM and STS', () => {
  it('never make the service fail: each is answered or refused with a code of AWS', async () => {
    const runs = 800
    let answered = 0
    await fc.assert(
      fc.asyncProperty(anyCall, async ([{ service: name, name: action, row }, input]) => {
        const call = name === 'iam' ? callIam : callSts
        const reply = await call(service, action, sayable(input) as Params)
        // Whatever is answered is XML that a strict reader takes.
        const { value } = parseXml(reply.text)
        if (reply.status === 200) {
          answered += 1
          return
        }
        assert(reply.status < 500, `${action}: ${reply.text}`)
        const { Code } = (value as { Error: { Code: string } }).Error
        const allowed = [...(row.errors as ErrorCode[]), ...everywhere]
        const codes = allowed.map((code) => queryFault({ code, message: '' }).code)
        assert(codes.includes(Code), `${action}: ${reply.text}`)
      }),
      { numRuns: runs },
    )
    assert(answered > runs / 10, `only ${answered} of ${runs} were answered`)
    assert.deepEqual(
      service.log.lines.filter(({ level }) => level === 'error'),
      [],
    )
    assert(auditRecords(service.directory).length > runs / 2)
  })
})
