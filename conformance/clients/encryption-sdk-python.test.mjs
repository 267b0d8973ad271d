/** `@keyhold/envelope` and the AWS Encryption SDK for Python: each reads what the other writes. */
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { fewShapes, shapes } from './encryption-sdk/cases.mjs'
import { kmsWrappings } from './encryption-sdk/keys.mjs'
import { closeClients } from './encryption-sdk/ours.mjs'
import { testPeer, usualWrappings } from './encryption-sdk/peer-tests.mjs'
import { startPeer } from './encryption-sdk/process-peer.mjs'
import { testSuites } from './encryption-sdk/shared-tests.mjs'
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

const usual = usualWrappings(kms)

describe('AWS Encryption SDK for Python, keyrings: every suite, key and frame length', () => {
  const { 'a raw AES key': aes, ...others } = usual
  testSuites(keyrings, { 'a raw AES key': aes }, shapes)
  testSuites(keyrings, others, fewShapes)
})

describe('AWS Encryption SDK for Python, master key providers: every suite', () => {
  testSuites(providers, usual, fewShapes)
})

testPeer('AWS Encryption SDK for Python', { keyrings, providers }, kms, region)
