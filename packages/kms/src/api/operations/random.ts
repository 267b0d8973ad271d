import { keyStoreIdShape } from '../key-store-members.ts'
import {
  ciphertextForRecipient,
  numberOfBytesShape,
  plaintextShape,
  recipient,
} from '../members.ts'
import { account, operation } from '../operation.ts'
import { optional } from '../shapes.ts'

export const GenerateRandom = operation({
  doc: 'Returns random bytes that are fit for keys.',
  input: {
    NumberOfBytes: optional(numberOfBytesShape, 'How many bytes, 1 to 1024; AWS wants it named.'),
    CustomKeyStoreId: optional(
      keyStoreIdShape,
      'The custom key store whose token is to make them; not an external one.',
    ),
    Recipient: recipient,
  },
  output: {
    Plaintext: optional(plaintextShape, 'The random bytes.'),
    CiphertextForRecipient: ciphertextForRecipient,
  },
  authorize: [{ action: 'kms:GenerateRandom', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['NumberOfBytes', 'CustomKeyStoreId'],
  auditOutput: [],
  errors: [
    'DependencyTimeoutException',
    'KMSInternalException',
    'UnsupportedOperationException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
  ],
})
