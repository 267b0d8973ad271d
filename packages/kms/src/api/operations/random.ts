import {
  ciphertextForRecipient,
  numberOfBytesShape,
  plaintextShape,
  recipient,
} from '../members.ts'
import { account, operation } from '../operation.ts'
import { optional, text, unbuilt } from '../shapes.ts'

export const GenerateRandom = operation({
  doc: 'Returns random bytes that are fit for keys.',
  input: {
    NumberOfBytes: optional(numberOfBytesShape, 'How many bytes, 1 to 1024; AWS wants it named.'),
    CustomKeyStoreId: unbuilt(text(1, 64), 'The custom key store that is to make them.'),
    Recipient: recipient,
  },
  output: {
    Plaintext: optional(plaintextShape, 'The random bytes.'),
    CiphertextForRecipient: ciphertextForRecipient,
  },
  authorize: [{ action: 'kms:GenerateRandom', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['NumberOfBytes'],
  auditOutput: [],
  errors: [
    'DependencyTimeoutException',
    'KMSInternalException',
    'UnsupportedOperationException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
  ],
})
