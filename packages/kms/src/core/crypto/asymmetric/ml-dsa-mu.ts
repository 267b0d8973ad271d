import type { KeyObject } from 'node:crypto'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import type { SignatureMethod } from './method.ts'
import { withPrivateDer } from './private-bytes.ts'
import { rawPublicKey } from './public-bytes.ts'

/** By OpenSSL's names of the parameter sets, as a key object tells them. */
const parameterSets = { 'ml-dsa-44': ml_dsa44, 'ml-dsa-65': ml_dsa65, 'ml-dsa-87': ml_dsa87 }
type ParameterSet = (typeof parameterSets)[keyof typeof parameterSets]

/** RFC 9881 §6: the seed form, in which OpenSSL writes its own keys, ends with 32 bytes of seed. */
const seedFormBytes = 54
const seedBytes = 32

/**
 * ML-DSA over a message representative mu that was made elsewhere (FIPS 204 §6.2, Algorithm 7 from
 * line 7). It is hedged with 32 random bytes (§3.4). Node does not let OpenSSL's through: an option
 * for it is ignored, and what is signed is mu as a message.
 */
export const mlDsaMu: SignatureMethod = {
  sign(privateKey, mu, entropy) {
    const { keygen, internal } = parameterSetOf(privateKey)
    const extraEntropy = entropy.subarray(0, 32)
    const { secretKey } = withPrivateDer(privateKey, 'pkcs8', (der) => {
      if (der.length !== seedFormBytes) throw new TypeError('the private key has no seed')
      return keygen(der.subarray(-seedBytes))
    })
    try {
      return internal.sign(mu, secretKey, { externalMu: true, extraEntropy })
    } finally {
      secretKey.fill(0)
    }
  },
  verify(publicKey, mu, signature) {
    const { internal } = parameterSetOf(publicKey)
    return internal.verify(signature, mu, rawPublicKey(publicKey), { externalMu: true })
  },
  slow: ['sign', 'verify'],
}

const parameterSetOf = ({ asymmetricKeyType }: KeyObject): ParameterSet => {
  const name = asymmetricKeyType ?? ''
  if (!Object.hasOwn(parameterSets, name)) throw new TypeError('not a key of ML-DSA')
  return parameterSets[name as keyof typeof parameterSets]
}
