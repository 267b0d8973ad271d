/** `@keyhold/envelope` and the AWS Encryption SDK for Python: each reads what the other writes. */
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { fewShapes, shapes } from './encryption-sdk/cases.mjs'
import { testCommand } from './encryption-sdk/command-tests.mjs'
import { testHierarchy } from './encryption-sdk/hierarchy-tests.mjs'
import { kmsWrappings, multi, rawAes, rawEcdhRows, rawRsa } from './encryption-sdk/keys.mjs'
import { closeClients } from './encryption-sdk/ours.mjs'
import { startPeer } from './encryption-sdk/process-peer.mjs'
import { testRewrapping } from './encryption-sdk/rewrap-tests.mjs'
import {
  kmsRows,
  multiRows,
  rawWrappings,
  testContexts,
  testRefusals,
  testRequiredContext,
  testSuites,
  testUnframed,
  testWrappings,
} from './encryption-sdk/shared-tests.mjs'
import { testCaching } from './encryption-sdk/stream-tests.mjs'
import { setting } from './setting.mjs'

const region = 'ap-southeast-4'
const kms = await kmsWrappings(region)
const script = join(import.meta.dirname, 'encryption-sdk/python/peer.py')
const python = startPeer(
  'the AWS Encryption SDK for Python',
  [setting.python, '-B', script],
  region,
  {
    canWrite: (frameLength) => frameLength % 128 === 0,
    cannotWrite: /multiple of the block size/,
  },
)
const keyrings = python.by('keyrings')
const providers = python.by('master key providers')

after(async () => {
  closeClients()
  await python.close()
})

const usual = {
  'a KMS key': kms.kms,
  'a raw AES key': rawAes(),
  'a raw RSA key': rawRsa(),
  'several keys': multi(kms.several, rawAes(), rawRsa()),
}

describe('AWS Encryption SDK for Python, keyrings: every suite, key and frame length', () => {
  const { 'a raw AES key': aes, ...others } = usual
  testSuites(keyrings, { 'a raw AES key': aes }, shapes)
  testSuites(keyrings, others, fewShapes)
})

describe('AWS Encryption SDK for Python, master key providers: every suite', () => {
  testSuites(providers, usual, fewShapes)
})

describe('AWS Encryption SDK for Python, keyrings: wrapping keys', () => {
  testWrappings(keyrings, {
    ...kmsRows(kms),
    ...multiRows(kms),
    ...rawWrappings(),
    ...rawEcdhRows(),
  })
})

describe('AWS Encryption SDK for Python, master key providers: wrapping keys', () => {
  testWrappings(providers, { ...kmsRows(kms), ...multiRows(kms), ...rawWrappings() })
})

describe('AWS Encryption SDK for Python: encryption contexts', () => {
  testContexts(keyrings, kms)
  testRequiredContext(keyrings, kms)
})

describe('AWS Encryption SDK for Python: branch keys', async () => {
  await testHierarchy(keyrings, kms.arns[0], region)
})

describe('AWS Encryption SDK for Python: messages without frames', () => {
  testUnframed(providers, kms.kms)
})

describe('AWS Encryption SDK for Python: cached data keys', () => {
  testCaching(providers, kms.kms)
})

describe('AWS Encryption SDK for Python: messages under new keys', () => {
  testRewrapping(keyrings, kms, rawAes(), fewShapes)
})

describe('AWS Encryption SDK for Python: files of keyhold encrypt', () => {
  testCommand(providers, kms, region)
})

describe('AWS Encryption SDK for Python: refusals', () => {
  testRefusals(keyrings, kms)
})
