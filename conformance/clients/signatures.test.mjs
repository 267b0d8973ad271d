/** Signatures, checked by implementations that nobody here wrote. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { testChecks } from './python/run-checks.mjs'
import { awsEnv, runProgram, setting } from './setting.mjs'

await testChecks('signatures and RSA ciphertexts (cryptography)', 'signature_checks.py', setting)

const scratch = await mkdtemp(join(tmpdir(), 'keyhold-signatures-'))
after(() => rm(scratch, { recursive: true }))
const [message, digest, signature, publicKey] = ['message', 'digest', 'signature', 'key.der'].map(
  (name) => join(scratch, name),
)
const fileb = (path) => `fileb://${path}`

const succeed = async (program, args, env = {}) => {
  const { stdout, stderr, code } = await runProgram(program, args, { env })
  assert.equal(code, 0, stderr)
  return stdout.trim()
}
const openssl = (...args) => succeed(setting.openssl, args)
const [node, script] = setting.keyhold
/** One member of an answer of `keyhold kms`. */
const kms = (query, ...args) => {
  const env = { ...awsEnv('eu-north-1'), AWS_ENDPOINT_URL_KMS: setting.plain.endpoint }
  const output = ['--query', query, '--output', 'text']
  return succeed(node, [script, 'kms', ...args, ...output], env)
}
const keep = async (path, base64) => writeFile(path, Buffer.from(base64, 'base64'))

describe('the command line signs, and the openssl command verifies', () => {
  const pss = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest']
  for (const { spec, algorithm, hash, options = [] } of [
    { spec: 'RSA_2048', algorithm: 'RSASSA_PSS_SHA_256', hash: 'sha256', options: pss },
    { spec: 'RSA_2048', algorithm: 'RSASSA_PKCS1_V1_5_SHA_512', hash: 'sha512' },
    { spec: 'ECC_NIST_P384', algorithm: 'ECDSA_SHA_384', hash: 'sha384' },
    { spec: 'ECC_SECG_P256K1', algorithm: 'ECDSA_SHA_256', hash: 'sha256' },
  ])
    test(`${algorithm} with an ${spec} key, of a message and of its digest`, async () => {
      const key = ['--key-spec', spec, '--key-usage', 'SIGN_VERIFY']
      const id = await kms('KeyMetadata.KeyId', 'create-key', ...key)
      await keep(publicKey, await kms('PublicKey', 'get-public-key', '--key-id', id))
      await writeFile(message, 'what is signed')
      await openssl('dgst', `-${hash}`, '-binary', '-out', digest, message)
      for (const [type, path] of [
        ['RAW', message],
        ['DIGEST', digest],
      ]) {
        const what = ['--message', fileb(path), '--message-type', type]
        const asked = ['--key-id', id, '--signing-algorithm', algorithm, ...what]
        await keep(signature, await kms('Signature', 'sign', ...asked))
        const given = ['-inkey', publicKey, '-keyform', 'DER', '-sigfile', signature, '-in', digest]
        const all = [`digest:${hash}`, ...options].flatMap((option) => ['-pkeyopt', option])
        const said = await openssl('pkeyutl', '-verify', '-pubin', ...given, ...all)
        assert.equal(said, 'Signature Verified Successfully')
        const held = ['--signature', fileb(signature)]
        assert.equal(await kms('SignatureValid', 'verify', ...asked, ...held), 'True')
      }
    })
})
