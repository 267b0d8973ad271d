import { describe } from 'node:test'
import { fewShapes } from './cases.mjs'
import { testCommand } from './command-tests.mjs'
import { testHierarchy } from './hierarchy-tests.mjs'
import { kmsPairRows } from './kms-pairs.mjs'
import { multi, rawAes, rawEcdhRows, rawRsa } from './keys.mjs'
import { testRewrapping } from './rewrap-tests.mjs'
import {
  kmsRows,
  multiRows,
  rawWrappings,
  testContexts,
  testRefusals,
  testRequiredContext,
  testUnframed,
  testWrappings,
} from './shared-tests.mjs'
import { testCaching } from './stream-tests.mjs'

/** The wrapping keys that most messages have. */
export const usualWrappings = (kms) => ({
  'a KMS key': kms.kms,
  'a raw AES key': rawAes(),
  'a raw RSA key': rawRsa(),
  'several keys': multi(kms.several, rawAes(), rawRsa()),
})

/** What an SDK with keyrings and master key providers has to share with ours, suites and frames aside. */
export const testPeer = (name, { keyrings, providers }, kms, region) => {
  describe(`${name}, keyrings: wrapping keys`, () => {
    testWrappings(keyrings, {
      ...kmsRows(kms),
      ...multiRows(kms),
      ...rawWrappings(),
      ...rawEcdhRows(),
    })
  })

  describe(`${name}, keyrings: key pairs of the service`, async () => {
    testWrappings(keyrings, await kmsPairRows(region))
  })

  describe(`${name}, master key providers: wrapping keys`, () => {
    testWrappings(providers, { ...kmsRows(kms), ...multiRows(kms), ...rawWrappings() })
  })

  describe(`${name}: encryption contexts`, () => {
    testContexts(keyrings, kms)
    testRequiredContext(keyrings, kms)
  })

  describe(`${name}: branch keys`, async () => {
    await testHierarchy(keyrings, kms.arns[0], region)
  })

  describe(`${name}: messages without frames`, () => {
    testUnframed(providers, kms.kms)
  })

  describe(`${name}: cached data keys`, () => {
    testCaching(providers, kms.kms)
  })

  describe(`${name}: messages under new keys`, () => {
    testRewrapping(keyrings, kms, rawAes(), fewShapes)
  })

  describe(`${name}: files of keyhold encrypt`, () => {
    testCommand(providers, kms, region)
  })

  describe(`${name}: refusals`, () => {
    testRefusals(keyrings, kms)
  })
}
