import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { httpsFetch } from '../../src/server/fetch.ts'
import { systemClock, systemRandom } from '../../src/server/system.ts'
import { selfSignedTls } from '../../src/server/tls.ts'

const limits = { bytesMax: 1000, timeoutMs: 10_000 }
const asked: string[] = []

const answers: { readonly [path: string]: RequestListener } = {
  '/small': (_request, response) => response.end('x'.repeat(1000)),
  '/large': (_request, response) => response.end('x'.repeat(1001)),
  '/endless': (_request, response) => {
    const write = (): boolean => response.write('x'.repeat(500))
    response.on('drain', write)
    while (write()) continue
  },
  '/silent': () => undefined,
  '/missing': (_request, response) => response.writeHead(404).end('no'),
  '/elsewhere': (_request, response) => response.writeHead(302, { location: '/small' }).end(),
  '/plain': (_request, response) =>
    response.writeHead(307, { location: 'http://127.0.0.1/' }).end(),
}

describe('a document of an identity provider', () => {
  let directory = ''
  let caFile = ''
  let origin = ''
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answers[request.url ?? '']?.(request, response)
  })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keyhold-fetch-'))
    const made = await selfSignedTls(directory, '127.0.0.1', systemClock, systemRandom())
    caFile = made.caFile ?? ''
    server.setSecureContext({ cert: made.cert, key: made.key })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  })
  const fetched = (path: string, more: object = {}) =>
    httpsFetch(`${origin}${path}`, { ...limits, ...more })

  it('is not taken from who has no certificate of an authority that is trusted', async () => {
    await assert.rejects(fetched('/small'))
    assert.deepEqual(asked, [])
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')])
  })

  it('is taken whole, up to the limit', async () => {
    assert.equal(Buffer.from(await fetched('/small')).toString(), 'x'.repeat(1000))
    await assert.rejects(fetched('/large'), /longer than 1000 bytes/)
    await assert.rejects(fetched('/endless'), /longer than 1000 bytes/)
  })

  it('is not waited for without end', async () => {
    await assert.rejects(fetched('/silent', { timeoutMs: 50 }), { name: 'TimeoutError' })
  })

  it('is not taken with another status, and not looked for elsewhere', async () => {
    await assert.rejects(fetched('/missing'), /answers with status 404/)
    const seen = asked.length
    await assert.rejects(fetched('/elsewhere'))
    await assert.rejects(fetched('/plain'))
    assert.deepEqual(asked.slice(seen), ['/elsewhere', '/plain'])
  })

  it('is taken over https alone', async () => {
    for (const url of ['http://127.0.0.1/', 'file:///etc/hosts', 'data:,x', 'HTTPS://127.0.0.1/'])
      await assert.rejects(httpsFetch(url, limits), /only https/)
    await assert.rejects(httpsFetch('https://a:b@127.0.0.1/', limits))
  })
})
