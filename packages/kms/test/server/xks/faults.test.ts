import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BackendFailure } from '../../../src/core/key-stores/failures.ts'
import { fails, openClientScene } from './client-scene.ts'
import { fault } from './proxy.ts'

const { proxy, encrypts, checks } = await openClientScene()

describe('an answer that is a fault', () => {
  const faults: readonly (readonly [number, string, BackendFailure])[] = [
    [400, 'ValidationException', 'proxyRefusedRequest'],
    [400, 'InvalidStateException', 'keyDisabled'],
    [400, 'InvalidCiphertextException', 'ciphertextRefused'],
    [400, 'InvalidKeyUsageException', 'keyUsageMissing'],
    [401, 'AuthenticationFailedException', 'authenticationFailed'],
    [403, 'AccessDeniedException', 'accessDenied'],
    [404, 'KeyNotFoundException', 'keyNotFound'],
    [404, 'InvalidUriPathException', 'pathInvalid'],
    [429, 'ThrottlingException', 'throttled'],
    [501, 'UnsupportedOperationException', 'unsupported'],
    [503, 'DependencyTimeoutException', 'dependencyTimedOut'],
    [500, 'InternalException', 'managerFailed'],
  ]
  for (const [status, errorName, failure] of faults)
    test(`${errorName} is ${failure}`, async () => {
      proxy.instead = () => fault(status, errorName)
      await fails(encrypts(), failure)
    })

  test('keeps what the proxy says of it for the log', async () => {
    proxy.instead = () => fault(403, 'AccessDeniedException', 'policy 7 says no')
    await assert.rejects(encrypts(), {
      message: 'the proxy answers AccessDeniedException: policy 7 says no',
    })
    for (const said of ['line\nbreak', 'x'.repeat(512), 'ü', 7]) {
      proxy.instead = () => fault(403, 'AccessDeniedException', said as string)
      await assert.rejects(encrypts(), { message: 'the proxy answers AccessDeniedException' })
    }
  })

  test('of a disabled key store makes it unhealthy, for no key was asked for', async () => {
    proxy.instead = () => fault(400, 'InvalidStateException')
    await fails(checks(), 'unhealthy')
  })

  for (const [name, status, body] of [
    ['no body', 500, ''],
    ['HTML', 502, '<html>Bad Gateway</html>'],
    ['a JSON list', 400, '[]'],
    ['null', 400, 'null'],
    ['no name', 400, '{"message":"x"}'],
    ['a name that is not one of the specification', 400, '{"errorName":"constructor"}'],
    ['another status of success', 204, ''],
    ['bytes that are no UTF-8', 200, '\ud800'],
  ] as const)
    test(`with ${name} cannot be interpreted`, async () => {
      proxy.instead = () => ({ status, body })
      await fails(encrypts(), 'answerMalformed')
    })

  test('that is a redirect is not followed', async () => {
    proxy.instead = () => ({
      status: 307,
      body: '',
      headers: { Location: 'https://localhost/other' },
    })
    await fails(encrypts(), 'answerMalformed')
    assert.equal(proxy.requests.length, 1)
  })
})
