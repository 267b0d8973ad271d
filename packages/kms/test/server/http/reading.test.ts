import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { readAsStream, readDirectly, type Reading } from '../../../src/server/http/lean/reading.ts'

const ways = { directly: readDirectly, 'as a stream': readAsStream }

for (const [name, read] of Object.entries(ways)) {
  test(`a connection that is read ${name} gives out each byte once, and in order`, async () => {
    const sent = Buffer.alloc(300_000)
    for (let at = 0; at < sent.length; at += 4) sent.writeUInt32BE(at, at)
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const pieces: Buffer[] = []
    const opened = new Promise<Reading>((resolve) => {
      server.on('connection', (accepted: Socket) => {
        const reading = read(accepted)
        reading.onBytes = (lent) => pieces.push(Buffer.copyBytesFrom(lent))
        resolve(reading)
      })
    })
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
    client.end(sent)
    const { socket } = await opened
    assert.equal(socket.remoteAddress, '127.0.0.1')
    await once(socket, 'end')
    assert.deepEqual(Buffer.concat(pieces), sent)
    assert.equal(socket.bytesRead, sent.length)
    socket.end('heard')
    const [answer] = (await once(client, 'data')) as [Buffer]
    assert.equal(answer.toString(), 'heard')
    // The server forgets the connection with it, or it could never close.
    server.close()
    await once(server, 'close')
  })
}

test('a connection without a handle that could be taken over is read as a stream', async () => {
  const stream = new Duplex({ read: () => undefined, write: (_c, _e, done) => done() })
  const reading = readDirectly(stream as Socket)
  assert.equal(reading.socket, stream)
  const read = new Promise<string>((resolve) => (reading.onBytes = (b) => resolve(b.toString())))
  stream.push('bytes')
  assert.equal(await read, 'bytes')
})
