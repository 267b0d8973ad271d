import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { BackendError } from '../../../src/core/key-stores/backend.ts'
import type { BackendFailure } from '../../../src/core/key-stores/failures.ts'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { requireCiphertext } from '../../../src/server/xks/answers.ts'
import { XksClient, type XksOptions } from '../../../src/server/xks/client.ts'
import { FakeClock, region } from '../harness.ts'
import { fault, health, TestProxy } from './proxy.ts'

const clock = new FakeClock()
const errand = {
  principalArn: 'arn:aws:iam::111122223333:user/alice',
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  operation: 'Encrypt',
  requestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
}
const healthErrand = { operation: 'CreateCustomKeyStore', requestId: errand.requestId } as const
const plaintext = Buffer.from('the inner layer')
const aad = Buffer.from('header and context')

let proxy: TestProxy
before(async () => {
  proxy = await TestProxy.start(region)
})
after(() => proxy[Symbol.asyncDispose]())
beforeEach(() => {
  proxy.instead = () => undefined
  proxy.spoil = (answer) => answer
  proxy.metadata = undefined
  proxy.ivBytes = 12
  proxy.requests.length = 0
})

const clientOf = async (
  changed: { readonly secret?: string; readonly path?: string } & XksOptions = {},
) => {
  const { secret = proxy.credential.RawSecretAccessKey, path = proxy.path, ...options } = changed
  const client = new XksClient(
    {
      connectivity: 'PUBLIC_ENDPOINT',
      endpoint: 'https://localhost',
      path,
      accessKeyId: proxy.credential.AccessKeyId,
    },
    region,
    new Secret(Buffer.from(secret)),
    clock,
    { ...(await proxy.options()), ...options },
  )
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}

const fails = async (work: Promise<unknown>, failure: BackendFailure): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert(error instanceof BackendError, String(error))
    assert.equal(error.failure, failure, error.message)
    return true
  })
}

describe('a request to an external key store proxy', () => {
  test('is signed for kms-xks-proxy and says for whom it is made', async () => {
    await using client = await clientOf()
    await client.encrypt('external-1', plaintext, aad, errand)
    const [request] = proxy.requests
    assert.equal(request?.isSigned, true)
    assert.match(
      request.headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=KEYHOLDTESTPROXY234567\/20261124\/eu-central-1\/kms-xks-proxy\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
    assert.equal(request.headers.host, 'localhost')
    assert.equal(request.path, '/tenant/kms/xks/v1/keys/external-1/encrypt')
    assert.deepEqual(request.json, {
      requestMetadata: {
        awsPrincipalArn: errand.principalArn,
        kmsKeyArn: errand.keyArn,
        kmsOperation: 'Encrypt',
        kmsRequestId: errand.requestId,
      },
      additionalAuthenticatedData: aad.toString('base64'),
      plaintext: plaintext.toString('base64'),
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    })
  })

  test('of its health names neither a principal nor a key', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    assert.deepEqual(proxy.requests[0]?.json, {
      requestMetadata: {
        kmsOperation: 'CreateCustomKeyStore',
        kmsRequestId: errand.requestId,
      },
    })
  })

  test('is signed anew on another day', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    clock.advance(86_400_000)
    await client.check(healthErrand)
    assert.deepEqual(
      proxy.requests.map(({ isSigned }) => isSigned),
      [true, true],
    )
  })

  test('goes over the connection of the one before', async () => {
    await using client = await clientOf()
    const earlier = proxy.connections
    for (let n = 0; n < 3; n += 1) await client.check(healthErrand)
    assert.equal(proxy.connections, earlier + 1)
  })

  test('is repeated once if the proxy has just closed the connection that it went over', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    // In this very turn the client cannot know yet that its idle connection is closed.
    proxy.closeIdleConnections()
    await client.check(healthErrand)
    assert.equal(proxy.requests.length, 2)
  })

  test('is not made any more by a client that was closed', async () => {
    const client = await clientOf()
    await client.close()
    await fails(client.check(healthErrand), 'unreachable')
    assert.equal(proxy.requests.length, 0)
  })

  test('has its answer though the client is closed meanwhile', async () => {
    const client = await clientOf()
    let closed: Promise<void> | undefined
    proxy.instead = () => {
      closed = client.close()
      return undefined
    }
    await client.check(healthErrand)
    await closed
  })
})

describe('what a proxy encrypts', () => {
  for (const [name, metadata, ivBytes] of [
    ['without metadata', undefined, 12],
    ['with metadata, and an IV of 16 bytes', Buffer.from('key_version=1').toString('base64'), 16],
    ['with 20 bytes of metadata', Buffer.alloc(20, 7).toString('base64'), 12],
  ] as const)
    test(`it decrypts: ${name}`, async () => {
      Object.assign(proxy, { metadata, ivBytes })
      await using client = await clientOf()
      const outer = await client.encrypt('external-1', plaintext, aad, errand)
      assert.equal(outer.ciphertext.length, plaintext.length)
      assert.equal(outer.iv.length, ivBytes)
      assert.equal(Buffer.from(outer.metadata).toString('base64'), metadata ?? '')
      assert.deepEqual(
        Buffer.from(await client.decrypt('external-1', outer, aad, errand)),
        plaintext,
      )
    })

  test('is refused by it with other data or another ciphertext', async () => {
    await using client = await clientOf()
    const outer = await client.encrypt('external-1', plaintext, aad, errand)
    const other = { ...outer, tag: Buffer.alloc(16) }
    await fails(client.decrypt('external-1', other, aad, errand), 'ciphertextRefused')
    await fails(
      client.decrypt('external-1', outer, Buffer.from('another'), errand),
      'ciphertextRefused',
    )
  })
})

test('the integrity value of a ciphertext is that of the specification', () => {
  // Appendix C of the External Key Store Proxy API Specification 1.0.3.
  const answer = {
    authenticationTag: 'vBxN2ncH1oEkR8WVXpmyYQ==',
    ciphertext: 'ghxkK1txeDNn3q8Y',
    ciphertextDataIntegrityValue: 'qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=',
    ciphertextMetadata: 'a2V5X3ZlcnNpb249MQ==',
    initializationVector: 'HMrlRw85cAJUd5Ax',
  }
  const given = Buffer.from('project=nile,department=marketing')
  const { metadata } = requireCiphertext(answer, 12, given)
  assert.equal(Buffer.from(metadata).toString(), 'key_version=1')
  assert.throws(() => requireCiphertext(answer, 12, Buffer.from('project=nile')), BackendError)
})

const encrypts = async (options: XksOptions = {}) => {
  await using client = await clientOf(options)
  await client.encrypt('external-1', plaintext, aad, errand)
}
const decrypts = async () => {
  await using client = await clientOf()
  const outer = {
    ciphertext: plaintext,
    iv: Buffer.alloc(12),
    tag: Buffer.alloc(16),
    metadata: Buffer.alloc(0),
  }
  await client.decrypt('external-1', outer, aad, errand)
}
const checks = async (options: XksOptions = {}) => {
  await using client = await clientOf(options)
  await client.check(healthErrand)
}
const admits = async (keyId = 'external-1') => {
  await using client = await clientOf()
  await client.admitKey(keyId, { ...errand, operation: 'CreateKey' })
}

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

describe('an answer is refused', () => {
  const spoilt = (changes: object) => {
    proxy.spoil = (answer) => ({ ...answer, ...changes })
  }
  const ofBytes = (length: number) => Buffer.alloc(length).toString('base64')

  for (const [name, changes] of Object.entries({
    'with a ciphertext of another length': { ciphertext: ofBytes(plaintext.length + 1) },
    'without a ciphertext': { ciphertext: undefined },
    'with a ciphertext that is no base64': { ciphertext: '!'.repeat(20) },
    'with a ciphertext in base64url': { ciphertext: `_${ofBytes(plaintext.length).slice(1)}` },
    'with an IV of 11 bytes': { initializationVector: ofBytes(11) },
    'with an IV that is no text': { initializationVector: [1, 2] },
    'with a tag of 12 bytes': { authenticationTag: ofBytes(12) },
    'with 21 bytes of metadata': { ciphertextMetadata: ofBytes(21) },
    'with metadata that its integrity value is not of': { ciphertextMetadata: ofBytes(3) },
    'without an integrity value': { ciphertextDataIntegrityValue: undefined },
    'with the integrity value of something else': { ciphertextDataIntegrityValue: ofBytes(32) },
  }))
    test(`${name}, of Encrypt`, async () => {
      spoilt(changes)
      await fails(encrypts(), 'answerMalformed')
    })

  for (const [name, changes] of Object.entries({
    'with a plaintext of another length': { plaintext: ofBytes(plaintext.length - 1) },
    'without a plaintext': {},
  }))
    test(`${name}, of Decrypt`, async () => {
      proxy.instead = () => ({ status: 200, body: JSON.stringify(changes) })
      await fails(decrypts(), 'answerMalformed')
    })

  for (const [name, changes] of Object.entries({
    'without a fleet': { xksProxyFleetSize: 0 },
    'without a vendor': { xksProxyVendor: undefined },
    'without an external key manager': { ekmFleetDetails: [] },
    'with eleven external key managers': health(...Array<string>(11).fill('ACTIVE')),
    'with an external key manager of no state': { ekmFleetDetails: [{ id: 'a', model: 'b' }] },
    'with an external key manager that is null': { ekmFleetDetails: [null] },
  }))
    test(`${name}, of GetHealthStatus`, async () => {
      spoilt(changes)
      await fails(checks(), 'answerMalformed')
    })

  test('that is longer than any could be', async () => {
    proxy.spoil = (answer) => ({ ...answer, more: 'x'.repeat(100_000) })
    await fails(encrypts(), 'answerMalformed')
  })

  test('that breaks off', async () => {
    proxy.instead = () => 'break off'
    await fails(encrypts(), 'unreachable')
  })
})

describe('the health of a proxy', () => {
  test('is good as long as one of its external key managers works', async () => {
    for (const states of [['ACTIVE'], ['DEGRADED'], ['UNAVAILABLE', 'DEGRADED']]) {
      proxy.spoil = () => health(...states)
      await checks()
    }
    proxy.spoil = () => health('UNAVAILABLE', 'UNAVAILABLE')
    await fails(checks(), 'unhealthy')
  })
})

describe('an external key', () => {
  test('is fit for a KMS key if it is an enabled AES key that encrypts and decrypts', async () => {
    await admits()
    const [request] = proxy.requests
    assert.equal(request?.path, `${proxy.path}/keys/external-1/metadata`)
    proxy.addKey('more', { keyUsage: ['WRAP', 'DECRYPT', 'ENCRYPT'] })
    await admits('more')
    await fails(admits('none'), 'keyNotFound')
  })

  for (const [id, json, text] of [
    [
      'rsa',
      { keySpec: 'RSA_2048' },
      'The key spec of the external key must be AES_256. The key spec of specified external key is RSA_2048.',
    ],
    [
      'half',
      { keyUsage: ['ENCRYPT', 'SIGN'] },
      'The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ENCRYPT, SIGN.',
    ],
    [
      'off',
      { keyStatus: 'DISABLED' },
      'The status of the external key must be ENABLED. The status of specified external key is DISABLED.',
    ],
  ] as const)
    test(`is not: ${text}`, async () => {
      proxy.addKey(id, json)
      await assert.rejects(admits(id), { failure: 'keyUnfit', told: text })
    })

  for (const [name, json] of Object.entries({
    'no spec': { keySpec: undefined },
    'a spec that is no name': { keySpec: 'AES 256"' },
    'no usage': { keyUsage: undefined },
    'eleven usages': { keyUsage: Array<string>(11).fill('ENCRYPT') },
    'a status that is no text': { keyStatus: true },
  }))
    test(`of which the proxy tells ${name} cannot be judged`, async () => {
      proxy.addKey('odd', json)
      await fails(admits('odd'), 'answerMalformed')
    })
})

describe('a proxy that cannot be reached', () => {
  /** A TCP server that does with connections what it likes. */
  const tcp = async (onConnection: (socket: Socket) => void) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      onConnection(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return {
      connectTo: new Map([['localhost', { host: '127.0.0.1', port }]]),
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      },
    }
  }

  test('because nothing listens is unreachable', async () => {
    const closed = await tcp(() => undefined)
    await closed[Symbol.asyncDispose]()
    await fails(encrypts({ connectTo: closed.connectTo }), 'unreachable')
  })

  test('because its certificate is not trusted has no TLS', async () => {
    await using client = await clientOf({ ca: undefined })
    await fails(client.check(healthErrand), 'tlsFailed')
    assert.equal(proxy.requests.length, 0)
  })

  test('because its certificate is for another name has no TLS', async () => {
    const { connectTo } = await proxy.options()
    const at = connectTo?.get('localhost')
    assert(at !== undefined)
    const client = new XksClient(
      {
        connectivity: 'PUBLIC_ENDPOINT',
        endpoint: 'https://other.example',
        path: proxy.path,
        accessKeyId: proxy.credential.AccessKeyId,
      },
      region,
      new Secret(Buffer.from('s')),
      clock,
      { ...(await proxy.options()), connectTo: new Map([['other.example', at]]) },
    )
    await fails(client.check(healthErrand), 'tlsFailed')
    await client.close()
  })

  test('because it speaks no TLS, or hangs up in the middle of it, has no TLS', async () => {
    await using plain = await tcp((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    await fails(encrypts({ connectTo: plain.connectTo }), 'tlsFailed')
    await using rude = await tcp((socket) => socket.once('data', () => socket.destroy()))
    await fails(encrypts({ connectTo: rude.connectTo }), 'tlsFailed')
  })

  test('because it takes the connection and says nothing timed out', async () => {
    await using silent = await tcp(() => undefined)
    await fails(encrypts({ connectTo: silent.connectTo, deadlineMs: 50 }), 'timedOut')
  })

  test('because it does not answer in time timed out', async () => {
    proxy.instead = () => 'hang'
    await using client = await clientOf({ deadlineMs: 200 })
    await fails(client.check(healthErrand), 'timedOut')
  })

  test('with these credentials, or under this path, is told apart', async () => {
    await using stranger = await clientOf({ secret: 'another' })
    await fails(stranger.check(healthErrand), 'authenticationFailed')
    await using lost = await clientOf({ path: '/kms/xks/v1' })
    await fails(lost.check(healthErrand), 'pathInvalid')
  })
})
