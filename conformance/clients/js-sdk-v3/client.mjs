import assert from 'node:assert/strict'
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import { account, credentials, setting, unknownKeyId, uuid } from '../setting.mjs'

export const region = 'eu-west-1'
export const arnOf = (id) => `arn:aws:kms:${region}:${account}:key/${id}`
export const bytes = (text) => new TextEncoder().encode(text)
export const textOf = (value) => new TextDecoder().decode(value)

export const done = new Set()
export const refused = new Set()

export const clientOf = (options = {}) =>
  new kms.KMSClient({
    endpoint: setting.plain.endpoint,
    region,
    credentials,
    maxAttempts: 1,
    ...options,
  })

export const client = clientOf()

/** Sends one command, and notes that the operation has been seen to succeed or to refuse. */
export const call = async (name, input, by = client) => {
  const Command = kms[`${name}Command`]
  try {
    const { $metadata, ...output } = await by.send(new Command(input))
    assert.equal($metadata.httpStatusCode, 200)
    assert.match($metadata.requestId, uuid)
    done.add(name)
    return output
  } catch (error) {
    if (error instanceof kms.KMSServiceException) refused.add(name)
    throw error
  }
}

/** AWS leaves out the message of some faults; the SDK then says UnknownError. */
export const refuses = async (name, input, code, message, by = client) => {
  const error = await call(name, input, by).then(
    () => assert.fail(`${name} succeeded`),
    (thrown) => thrown,
  )
  assert.equal(error.name, code, error.message)
  const type = kms[code]
  if (type !== undefined) assert.ok(error instanceof type, 'it is not of the typed class')
  assert.equal(error.$metadata.httpStatusCode, 400)
  assert.match(error.$metadata.requestId, uuid)
  if (message instanceof RegExp) assert.match(error.message, message)
  else assert.equal(error.message, message)
}

export const newKey = async (input = {}) => (await call('CreateKey', input)).KeyMetadata

/** A public key as GetPublicKey and its like give it. */
export const publicKeyOf = (der) =>
  createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })

/** Encrypts for a public key, with the hash that the name of an algorithm ends with. */
const oaep = (publicKey, algorithm, data) => {
  const key = publicKeyOf(publicKey)
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256'
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, data)
}

/** RSA_AES_KEY_WRAP: an AES key encrypted with RSA, and with that the material (RFC 5649). */
const wrapInTwoSteps = (publicKey, algorithm, material) => {
  const aesKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
  const wrapped = [cipher.update(material), cipher.final()]
  return Buffer.concat([oaep(publicKey, algorithm, aesKey), ...wrapped])
}

/** What ImportKeyMaterial takes: material that an owner has wrapped for a key. */
export const importInput = async (
  KeyId,
  material,
  members = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
  WrappingAlgorithm = 'RSAES_OAEP_SHA_256',
) => {
  const asked = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }
  const { PublicKey, ImportToken } = await call('GetParametersForImport', asked)
  const wrap = WrappingAlgorithm.startsWith('RSA_AES') ? wrapInTwoSteps : oaep
  const EncryptedKeyMaterial = wrap(PublicKey, WrappingAlgorithm, material)
  return { KeyId, ImportToken, EncryptedKeyMaterial, ...members }
}

export const importMaterial = async (...args) =>
  call('ImportKeyMaterial', await importInput(...args))

export const noMessage = 'UnknownError'
export const tooSmall = (value, at, bound) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ` +
  `Member must have value greater than or equal to ${bound}`
export const unknownKey = `Key '${arnOf(unknownKeyId)}' does not exist`
