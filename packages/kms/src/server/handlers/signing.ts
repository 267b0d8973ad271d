import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import { entropyBytes } from '../../core/crypto/asymmetric/method.ts'
import {
  requireMessage,
  type SignedMessage,
} from '../../core/crypto/asymmetric/signing-algorithms.ts'
import { type Key, requireAlgorithm } from '../../core/keys/key.ts'
import { isAsymmetric, legacyKeySpec } from '../../core/keys/key-spec.ts'
import { type Family, targetKey } from '../call.ts'
import { algorithmMembers } from '../key-metadata.ts'

export const signingHandlers: Family<'Sign' | 'Verify' | 'GetPublicKey'> = {
  async Sign(input, call) {
    const key = targetKey(call)
    const signed = signedMessage(key, input)
    const { privateKey } = await call.directory.keyPair(key)
    const entropy = call.random.bytes(entropyBytes)
    try {
      const task = { kind: 'sign', ...signed, privateKey, entropy } as const
      const Signature = await call.keyWork.run(task)
      return { KeyId: key.arn, Signature, SigningAlgorithm: signed.algorithm }
    } finally {
      entropy.fill(0)
    }
  },

  async Verify(input, call) {
    const key = targetKey(call)
    const signed = signedMessage(key, input)
    const { publicKey } = await call.directory.keyPair(key)
    const { Signature: signature } = input
    const task = { kind: 'verify', ...signed, publicKey, signature } as const
    if (!(await call.keyWork.run(task))) throw new KmsError('KMSInvalidSignatureException')
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: signed.algorithm }
  },

  async GetPublicKey(_input, call) {
    const key = targetKey(call)
    const { spec, usage } = key.record
    if (!isAsymmetric(spec)) throw new KmsError('UnsupportedOperationException')
    const { spki } = await call.directory.keyPair(key)
    const { MacAlgorithms: _none, ...algorithms } = algorithmMembers(key)
    return {
      KeyId: key.arn,
      PublicKey: spki,
      CustomerMasterKeySpec: legacyKeySpec(spec),
      KeySpec: spec,
      KeyUsage: usage,
      ...algorithms,
    }
  },
}

type Signing = Pick<Input<'Sign'>, 'Message' | 'MessageType' | 'SigningAlgorithm'>

/** What is to be signed, once the key is known to have the algorithm and it to take the message. */
const signedMessage = (key: Key, input: Signing): SignedMessage => {
  const { Message: message, MessageType: messageType = 'RAW' } = input
  const algorithm = requireAlgorithm(key, input.SigningAlgorithm)
  const signed = { algorithm, messageType, message }
  requireMessage(signed, key.record.spec)
  return signed
}
