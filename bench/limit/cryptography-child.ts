/**
 * The cryptography of an Encrypt of 32 bytes alone, by the same calls of node:crypto: the hashes of
 * the signature, the nonce, the key of the message and AES-256-GCM. Prints the CPU time of one in
 * microseconds.
 */
import { createCipheriv, createHmac, createSecretKey, hash } from 'node:crypto'

const body = Buffer.alloc(150, 1)
const canonicalRequest = Buffer.alloc(450, 2)
const block = Buffer.alloc(200, 3)
const kdfKey = createSecretKey(Buffer.alloc(32, 4))
const iv = Buffer.alloc(12)
const aad = Buffer.alloc(100, 5)
const plaintext = Buffer.alloc(32, 6)

const encrypt = (): void => {
  hash('sha256', body, 'hex')
  hash('sha256', canonicalRequest, 'hex')
  // HMAC-SHA-256 of the string to sign, as two hashes.
  hash('sha256', block, 'latin1')
  hash('sha256', block, 'hex')
  hash('sha256', body, 'latin1')
  const key = createHmac('sha512', kdfKey).update(body).digest().subarray(0, 32)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
  cipher.setAAD(aad)
  cipher.update(plaintext)
  cipher.final()
  cipher.getAuthTag()
}

const times = 50_000
for (let time = 0; time < times; time += 1) encrypt()
const before = process.cpuUsage()
for (let time = 0; time < times; time += 1) encrypt()
const { user, system } = process.cpuUsage(before)
process.stdout.write(`${(user + system) / times}\n`)
