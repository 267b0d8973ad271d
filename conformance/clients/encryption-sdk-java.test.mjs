/** `@keyhold/envelope` and the AWS Encryption SDK for Java: each reads what the other writes. */
import { after, describe } from 'node:test'
import { defaultSuite, fewShapes, shapes, unsignedSuite } from './encryption-sdk/cases.mjs'
import { kmsWrappings, rawAes } from './encryption-sdk/keys.mjs'
import { closeClients } from './encryption-sdk/ours.mjs'
import { testPeer, usualWrappings } from './encryption-sdk/peer-tests.mjs'
import { startPeer } from './encryption-sdk/process-peer.mjs'
import { testSuites } from './encryption-sdk/shared-tests.mjs'
import { setting } from './setting.mjs'

const region = 'sa-east-1'
const kms = await kmsWrappings(region)
const java = startPeer('the AWS Encryption SDK for Java', setting.javaPeer, region, {
  refusesEmptyValues: /Value length must be greater than 0|must be non-empty/,
})
const keyrings = java.by('keyrings')
const providers = java.by('master key providers')

after(async () => {
  closeClients()
  await java.close()
})

const usual = usualWrappings(kms)

describe('AWS Encryption SDK for Java, keyrings: every suite', () => {
  testSuites(keyrings, usual, fewShapes)
})

describe('AWS Encryption SDK for Java, keyrings: every frame length', () => {
  testSuites(keyrings, { 'one raw AES key': rawAes() }, shapes, [defaultSuite, unsignedSuite])
})

describe('AWS Encryption SDK for Java, master key providers: every suite', () => {
  const { 'a raw AES key': aes, ...others } = usual
  testSuites(providers, { 'a raw AES key': aes }, fewShapes)
  testSuites(providers, others, fewShapes, [defaultSuite, unsignedSuite])
})

testPeer('AWS Encryption SDK for Java', { keyrings, providers }, kms, region)
