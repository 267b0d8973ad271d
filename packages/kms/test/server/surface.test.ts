import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Shape } from '../../src/api/shapes.ts'
import { servedServices } from '../../src/server/served.ts'
import { auditLines } from './files.ts'
import { startTestService } from './harness.ts'
import { formOf } from './identity/query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

const operations = [...servedServices.values()].flatMap((served) =>
  Object.entries(served.operations).map(([name, row]) => ({ served, name, row })),
)

/** The names of the members of a shape, and of theirs. */
const namesIn = (shape: Shape): readonly string[] => {
  if (shape.kind === 'list') return namesIn(shape.member)
  if (shape.kind !== 'structure') return []
  return Object.entries(shape.members).flatMap(([name, member]) => [name, ...namesIn(member.shape)])
}

/** `XksProxyUriEndpoint` is xks, proxy, uri and endpoint. */
const wordsOf = (name: string): readonly string[] =>
  (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((word) => word.toLowerCase())

/** Words of members that would let a caller choose what the machine does beside its work. */
const suspects: ReadonlySet<string> = new Set(
  (
    'path file folder directory dir uri url endpoint host hostname address port sink log logs ' +
    'plugin module library script command driver seal unseal rekey socket proxy connect connection'
  ).split(' '),
)

describe('the operations', () => {
  it('name nothing that the service would write to, load, run or connect to', () => {
    const found = new Set(
      operations.flatMap(({ row }) =>
        namesIn({ kind: 'structure', members: row.input }).filter((name) =>
          wordsOf(name).some((word) => suspects.has(word)),
        ),
      ),
    )
    // Paths of IAM are parts of ARNs. The URL is that of an identity provider, over https alone:
    // its own test says so, and its ARN names it. An external key store proxy is at port 443 of
    // whatever host the administrator of key stores names, has to have a certificate for it, is
    // sent JSON by POST, and nothing of its answers is repeated but names of one word.
    // Who adds to these has to say why it is harmless.
    assert.deepEqual([...found].sort(), [
      'NewPath',
      'OpenIDConnectProviderArn',
      'Path',
      'PathPrefix',
      'Url',
      'XksProxyAuthenticationCredential',
      'XksProxyConnectivity',
      'XksProxyUriEndpoint',
      'XksProxyUriPath',
      'XksProxyVpcEndpointServiceName',
      'XksProxyVpcEndpointServiceOwner',
    ])
  })

  it('do nothing for who has not signed, each and every one of them', async () => {
    assert(operations.length > 90)
    const before = auditLines(service.directory)
    for (const { served, name } of operations) {
      const [headers, body] =
        served.service.protocol === 'json'
          ? [
              {
                'Content-Type': 'application/x-amz-json-1.1',
                'X-Amz-Target': `${served.service.targetPrefix}${name}`,
              },
              '{}',
            ]
          : [
              { 'Content-Type': 'application/x-www-form-urlencoded' },
              formOf(served.service.name as 'iam' | 'sts', name, {}),
            ]
      const reply = await service.send('POST', '/', headers, body)
      assert(reply.status >= 400 && reply.status < 500, `${name}: ${reply.text}`)
      if (name !== 'AssumeRoleWithWebIdentity')
        assert.match(reply.text, /MissingAuthenticationToken/)
    }
    assert.deepEqual(auditLines(service.directory), before)
  })

  it('are called without a signature in one case alone, which has a token instead', () => {
    const unsigned = operations.filter(({ row }) => row.isUnsigned === true)
    assert.deepEqual(
      unsigned.map(({ name }) => name),
      ['AssumeRoleWithWebIdentity'],
    )
    assert.equal(unsigned[0]?.row.input['WebIdentityToken']?.presence, 'required')
  })
})

describe('the listener', () => {
  it('has no second way in: no page but those of health, no method but POST on one path', async () => {
    const paths = [
      '/v1/sys/audit/file',
      '/v1/sys/rekey/init',
      '/v1/sys/unseal',
      '/seal',
      '/admin',
      '/metrics',
      '/debug/pprof',
      '/healthz/../admin',
      '/readyz/',
    ]
    for (const path of ['/', ...paths])
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const reply = await service.send(method, path, {}, '')
        assert(reply.status >= 400 && reply.status < 500, `${method} ${path}: ${reply.status}`)
      }
  })
})
