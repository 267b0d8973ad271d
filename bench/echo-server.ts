/**
 * What `node:http` alone can do: reads each request whole and answers it with as many bytes as the
 * service does, under the same headers. Started as a process; its argument is a JSON object from
 * operation to body length, and its first line of output is its port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const lengths = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, number>>
const bodies = new Map<string, Buffer>()
/** JSON of any length, and a ciphertext at that, for clients that look at it. */
const bodyOf = (length: number): Buffer => {
  const frame = '{"CiphertextBlob":""}'
  const filling = 'a'.repeat(Math.max(0, length - frame.length))
  return Buffer.from(frame.replace('""', `"${filling}"`)).subarray(0, length)
}

for (const [operation, length] of Object.entries(lengths))
  bodies.set(`TrentService.${operation}`, bodyOf(length))

const server = createServer((request, response) => {
  request.on('data', () => undefined)
  request.on('end', () => {
    const body = bodies.get(String(request.headers['x-amz-target']))
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': 'application/x-amz-json-1.1',
      'Content-Length': String(body?.length ?? 0),
      'x-amzn-RequestId': '00000000-0000-4000-8000-000000000000',
      'Cache-Control': 'no-cache, no-store, must-revalidate, private',
    })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
