/** `keyhold encrypt` and `keyhold decrypt`, whose files the Encryption SDKs read and write. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { awsEnv, runProgram, setting } from '../setting.mjs'
import { context, defaultSuite, plaintextOf, policyFor, suites, unsignedSuite } from './cases.mjs'
import { rawAes } from './keys.mjs'

const pairs = Object.entries(context).map(([key, value]) => `${key}=${value}`)
const oldSuite = suites.find(({ id }) => id === 0x0178)

/** Short enough to be read whole, and long enough to be a stream for the command. */
const lengths = [0, 5000, 2 ** 20 + 4097]

/** A command line that has to succeed. */
const keyhold = async (args, folder, region) => {
  const [program, ...first] = setting.keyhold
  const { stderr, code } = await runProgram(program, [...first, ...args], {
    cwd: folder,
    env: { ...awsEnv(region), AWS_ENDPOINT_URL_KMS: setting.plain.endpoint },
  })
  assert.equal(code, 0, stderr)
}

/** How both are told of the same key: a flag for the one, a wrapping for the other. */
const keys = async (kms, folder) => {
  const aes = rawAes()
  await writeFile(join(folder, 'key'), Buffer.from(aes.key, 'base64'))
  const names = [`namespace=${aes.namespace}`, `name=${aes.name}`]
  return {
    'a key of the service': { flags: ['-k', kms.arns[0]], wrapping: kms.kms },
    'a raw AES key': {
      flags: ['-w', 'provider=raw-aes', 'key-file=key', ...names],
      wrapping: aes,
    },
  }
}

export const testCommand = (peer, kms, region) => {
  const sides = async (folder, { flags, wrapping }, suite) => {
    const policy = policyFor(suite)
    const policyFlags = ['--commitment-policy', policy.toLowerCase().replaceAll('_', '-')]
    const own = {
      encrypt: async (plaintext) => {
        await writeFile(join(folder, 'plain'), plaintext)
        const more = ['--algorithm', suite.name, ...policyFlags, '-c', ...pairs, '-f']
        await keyhold(['encrypt', '-i', 'plain', '-o', 'sealed', ...flags, ...more], folder, region)
        return new Uint8Array(await readFile(join(folder, 'sealed')))
      },
      decrypt: async (sealed) => {
        await writeFile(join(folder, 'sealed'), sealed)
        const more = [...policyFlags, '-c', ...pairs, '-f']
        await keyhold(['decrypt', '-i', 'sealed', '-o', 'plain', ...flags, ...more], folder, region)
        return readFile(join(folder, 'plain'))
      },
    }
    const frameLength = 4096
    const other = {
      encrypt: (plaintext) =>
        peer.encrypt({ plaintext, suite, frameLength, context, wrapping, policy }),
      decrypt: async (message) => (await peer.decrypt({ message, wrapping, policy })).plaintext,
    }
    return [
      [own, other],
      [other, own],
    ]
  }

  for (const title of ['a key of the service', 'a raw AES key'])
    test(`files under ${title} pass between the command and the SDK`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'files-'))
      try {
        const key = (await keys(kms, folder))[title]
        for (const [n, suite] of [defaultSuite, unsignedSuite, oldSuite].entries())
          for (const [writer, reader] of await sides(folder, key, suite)) {
            const plaintext = plaintextOf(lengths[n])
            const opened = await reader.decrypt(await writer.encrypt(plaintext))
            assert.ok(plaintext.equals(opened), `${suite.name}, ${plaintext.length} bytes`)
          }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
}
