import { randomBytes, randomUUID } from 'node:crypto'
import { signRequest } from '../packages/kms/src/client/sign.ts'

/** Where requests go, and who signs them. */
export type ServicePlace = {
  readonly host: string
  readonly port: number
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly keyId: string
}

export const benchOperations = ['Encrypt', 'Decrypt', 'GenerateDataKey'] as const
export type BenchOperation = (typeof benchOperations)[number]

/** What every request of the benchmark says of its data. */
const context = { purpose: 'bench', tenant: 'example-0001' }
const plaintextBytes = 32

/**
 * A whole HTTP request, signed, with the headers that AWS's SDK for JavaScript sends and signs. No
 * two are alike: each has an invocation id of its own.
 */
export const signedRequest = (
  place: ServicePlace,
  operation: string,
  input: object,
  nowMs: number,
): Buffer => {
  const body = Buffer.from(JSON.stringify(input))
  const headers = signRequest({
    method: 'POST',
    url: new URL(`http://${place.host}:${place.port}/`),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
      'content-length': String(body.length),
      'x-amz-user-agent': 'aws-sdk-js/3.1163.0',
      'amz-sdk-invocation-id': randomUUID(),
      'amz-sdk-request': 'attempt=1; max=3',
    },
    body,
    credentials: place,
    region: place.region,
    service: 'kms',
    nowMs,
  })
  const unsigned = {
    'user-agent':
      'aws-sdk-js/3.1163.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#26.10.0 api/kms#3.1163.0',
    connection: 'keep-alive',
  }
  let head = 'POST / HTTP/1.1\r\n'
  for (const [name, value] of Object.entries({ ...headers, ...unsigned }))
    head += `${name}: ${value}\r\n`
  return Buffer.concat([Buffer.from(`${head}\r\n`), body])
}

/** The input of one call; `ciphertext` (base64) is what Decrypt is to open. */
export const benchInput = (
  operation: BenchOperation,
  keyId: string,
  ciphertext: string,
): object => {
  const EncryptionContext = context
  if (operation === 'Decrypt') return { CiphertextBlob: ciphertext, EncryptionContext }
  if (operation === 'GenerateDataKey')
    return { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext }
  const Plaintext = randomBytes(plaintextBytes).toString('base64')
  return { KeyId: keyId, Plaintext, EncryptionContext }
}
