import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  amzDate,
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  sha256Hex,
  signingKey,
  stringToSign,
} from '../../../src/api/sigv4-canonical.ts'
import { sharedPath } from '../../shared.ts'

type Context = {
  readonly credentials: {
    readonly access_key_id: string
    readonly secret_access_key: string
    readonly token?: string
  }
  readonly normalize: boolean
  readonly omit_session_token?: boolean
  readonly region: string
  readonly service: string
  readonly sign_body: boolean
  readonly timestamp: string
}

const folder = sharedPath('vectors/sigv4')
const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** The suite's requests are text: request line, headers (folded ones too), empty line, body. */
const parseRequest = (text: string) => {
  const end = text.indexOf('\n\n')
  const body = end < 0 ? '' : text.slice(end + 2)
  const [line = '', ...rest] = (end < 0 ? text : text.slice(0, end)).trimEnd().split('\n')
  const headers: [string, string][] = []
  for (const one of rest) {
    const previous = headers.at(-1)
    if (/^\s/.test(one) && previous !== undefined) previous[1] += ` ${one}`
    else headers.push([one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1)])
  }
  const method = line.slice(0, line.indexOf(' '))
  const target = line.slice(line.indexOf(' ') + 1, line.lastIndexOf(' '))
  const query = target.indexOf('?')
  return {
    method,
    path: query < 0 ? target : target.slice(0, query),
    query: query < 0 ? '' : target.slice(query + 1),
    headers,
    body,
  }
}

test('the suite is the whole of it', () => assert.equal(cases.length, 38))

for (const name of cases) {
  const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8')

  test(`${name} is canonicalised, put into the string to sign, and signed as AWS does`, () => {
    const context = JSON.parse(read('context.json')) as Context
    const request = parseRequest(read('request.txt'))
    const date = amzDate(Date.parse(context.timestamp))
    const { token, secret_access_key: secret } = context.credentials
    const headers: [string, string][] = [...request.headers, ['X-Amz-Date', date]]
    if (token !== undefined && context.omit_session_token !== true) {
      headers.push(['X-Amz-Security-Token', token])
    }
    const bodyHash = sha256Hex(request.body)
    if (context.sign_body) headers.push(['X-Amz-Content-Sha256', bodyHash])
    const canonical = canonicalRequest({
      method: request.method,
      path: canonicalPath(request.path, context.normalize),
      query: canonicalQuery(request.query),
      ...canonicalHeaders(headers),
      bodyHash,
    })
    assert.equal(canonical, read('header-canonical-request.txt'))
    const day = date.slice(0, 8)
    const scope = `${day}/${context.region}/${context.service}/aws4_request`
    const text = stringToSign(date, scope, canonical)
    assert.equal(text, read('header-string-to-sign.txt'))
    const key = signingKey(new TextEncoder().encode(secret), day, context.region, context.service)
    const signature = createHmac('sha256', key).update(text).digest('hex')
    assert.equal(signature, read('header-signature.txt'))
  })
}
