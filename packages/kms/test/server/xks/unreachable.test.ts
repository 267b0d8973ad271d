import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { XksClient } from '../../../src/server/xks/client.ts'
import { region } from '../harness.ts'
import { fails, healthErrand, openClientScene } from './client-scene.ts'

const { clock, proxy, clientOf, encrypts } = await openClientScene()

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
