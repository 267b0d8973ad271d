/** `@keyhold/envelope` and the AWS Encryption SDK for Java: each reads what the other writes. */
import { after, describe } from 'node:test'
import { defaultSuite, fewShapes, shapes, unsignedSuite } from './encryption-sdk/cases.mjs'
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

const usual = {
  'a KMS key': kms.kms,
  'a raw AES key': rawAes(),
  'a raw RSA key': rawRsa(),
  'several keys': multi(kms.several, rawAes(), rawRsa()),
}

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

describe('AWS Encryption SDK for Java, keyrings: wrapping keys', () => {
  testWrappings(keyrings, {
    ...kmsRows(kms),
    ...multiRows(kms),
    ...rawWrappings(),
    ...rawEcdhRows(),
  })
})

describe('AWS Encryption SDK for Java, master key providers: wrapping keys', () => {
  testWrappings(providers, { ...kmsRows(kms), ...multiRows(kms), ...rawWrappings() })
})

describe('AWS Encryption SDK for Java: encryption contexts', () => {
  testContexts(keyrings, kms)
  testRequiredContext(keyrings, kms)
})

describe('AWS Encryption SDK for Java: branch keys', async () => {
  await testHierarchy(keyrings, kms.arns[0], region)
})

describe('AWS Encryption SDK for Java: messages without frames', () => {
  testUnframed(providers, kms.kms)
})

describe('AWS Encryption SDK for Java: cached data keys', () => {
  testCaching(providers, kms.kms)
})

describe('AWS Encryption SDK for Java: messages under new keys', () => {
  testRewrapping(keyrings, kms, rawAes(), fewShapes)
})

describe('AWS Encryption SDK for Java: files of keyhold encrypt', () => {
  testCommand(providers, kms, region)
})

describe('AWS Encryption SDK for Java: refusals', () => {
  testRefusals(keyrings, kms)
})
