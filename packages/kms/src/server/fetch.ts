import type { Fetch } from '../core/ports.ts'

/** Fetches over https, with the certificates that Node trusts (NODE_EXTRA_CA_CERTS adds some). */
export const httpsFetch: Fetch = async (url, { bytesMax, timeoutMs }) => {
  if (!url.startsWith('https://')) throw new Error('only https is fetched')
  const answer = await fetch(url, {
    redirect: 'error',
    credentials: 'omit',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel()
    throw new Error(`${url} answers with status ${answer.status}`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body) {
    length += chunk.length
    if (length > bytesMax) throw new Error(`${url} is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
