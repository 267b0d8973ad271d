import { type ErrorCode, KmsError } from '../../api/errors.ts'
import type { connectionErrorCodeShape } from '../../api/key-store-members.ts'
import type { BackendError } from './backend.ts'
import type { KeyStoreType } from './record.ts'

export type ConnectionErrorCode = (typeof connectionErrorCodeShape.values)[number]

type FailureRow = {
  /** AWS's text, the same for every operation; empty: the answer has none. */
  readonly message: string
  /** What Create- and UpdateCustomKeyStore answer. */
  readonly asSettings: ErrorCode
  /** What CreateKey answers. */
  readonly asNewKey: ErrorCode
  /** What cryptographic operations answer: KMSInvalidStateException if absent. */
  readonly asUse?: ErrorCode
  /** Why a connection is FAILED. */
  readonly asConnection: ConnectionErrorCode
}

const invalidState = 'CustomKeyStoreInvalidStateException'

const notInterpreted =
  'AWS KMS cannot interpret the response from the external key store proxy. If you see this ' +
  'error repeatedly, report it to your external key store proxy administrator.'

/** What a proxy answers that this service cannot do with, or that says it could not do with ours. */
const badAnswer = {
  asSettings: 'XksProxyInvalidResponseException',
  asNewKey: invalidState,
  asConnection: 'XKS_PROXY_INVALID_RESPONSE',
} as const

/** What says that the proxy cannot be reached, or has no time. */
const outOfReach = {
  asSettings: 'XksProxyUriUnreachableException',
  asNewKey: invalidState,
  asConnection: 'XKS_PROXY_NOT_REACHABLE',
} as const

/** What is wrong with an external key: it is told when one is used, not of the store. */
const badKey = {
  asSettings: 'XksProxyInvalidResponseException',
  asNewKey: 'XksKeyInvalidConfigurationException',
  asConnection: 'XKS_PROXY_INVALID_RESPONSE',
} as const

const tokenFault = {
  asSettings: 'CloudHsmClusterInvalidConfigurationException',
  asNewKey: invalidState,
} as const

/**
 * Every way in which what backs a custom key store can fail, and what each operation makes of it.
 * Of external key stores: the texts and codes of the "External Key Store Proxy API Specification"
 * 1.0.3, "Error codes", where it has them, else those of the KMS Developer Guide, "Troubleshooting
 * external key stores".
 */
const failures = {
  proxyRefusedRequest: { message: notInterpreted, ...badAnswer },
  answerMalformed: { message: notInterpreted, ...badAnswer },
  keyDisabled: {
    message:
      'The external key associated with this KMS key in an external key store is not enabled in ' +
      'the external key manager. Enable the external key in the external key manager and retry ' +
      'the request.',
    ...badKey,
  },
  keyUsageMissing: {
    message:
      'The external key associated with this KMS key in an external key store does not support ' +
      'the requested operation. Enable the operation on the key in your external key manager, ' +
      'and try the request again.',
    ...badKey,
  },
  /** The text says what its spec, usage or status is. */
  keyUnfit: { message: '', ...badKey },
  keyNotFound: {
    message:
      'The external key associated with this KMS key in an external key store was not found in ' +
      'its external key manager. If the external key ID associated with this KMS key is ' +
      'incorrect, create a new KMS key with the correct external key ID.',
    ...badKey,
    asNewKey: 'XksKeyNotFoundException',
  },
  ciphertextRefused: {
    message:
      'The external key store proxy rejected the request because the specified ciphertext or ' +
      'encryption context is corrupted, missing, or otherwise invalid.',
    ...badAnswer,
  },
  plaintextInvalid: {
    message:
      'The ciphertext that the external key store proxy submitted for decryption, or the ' +
      'encryption context, is corrupted, missing, or otherwise invalid.',
    ...badAnswer,
  },
  authenticationFailed: {
    message:
      'The external key store proxy rejected the request because it could not authenticate AWS ' +
      'KMS. Verify the XKS proxy authentication credentials for your external key store and ' +
      'update if necessary.',
    asSettings: 'XksProxyIncorrectAuthenticationCredentialException',
    asNewKey: invalidState,
    asConnection: 'INVALID_CREDENTIALS',
  },
  accessDenied: {
    message:
      'The external key store proxy denied access to the operation. Verify that the user and the ' +
      'external key are both authorized for this operation, and try the request again.',
    // The specification forbids it for health, the one thing that is asked for then.
    asSettings: 'XksProxyInvalidConfigurationException',
    asNewKey: invalidState,
    asConnection: 'XKS_PROXY_ACCESS_DENIED',
  },
  pathInvalid: {
    message:
      'The external key store proxy rejected the request because of an invalid URI path. Verify ' +
      'the URI path for your external key store and update if necessary.',
    asSettings: 'XksProxyInvalidConfigurationException',
    asNewKey: invalidState,
    asConnection: 'XKS_PROXY_INVALID_CONFIGURATION',
  },
  unsupported: {
    message:
      'The external key store proxy rejected the request because it does not support the ' +
      'requested operation. If you see this error repeatedly, report it to your external key ' +
      'store proxy administrator.',
    ...badAnswer,
  },
  dependencyTimedOut: {
    message:
      'The external key store proxy did not respond to the request in the time allotted. Retry ' +
      'the request. If you see this error repeatedly, report it to your external key store proxy ' +
      'administrator.',
    ...outOfReach,
    asConnection: 'XKS_PROXY_TIMED_OUT',
  },
  throttled: {
    message:
      'The external key store proxy rejected the request due to a very high request rate. Reduce ' +
      'the frequency of your calls using KMS keys in this external key store.',
    ...outOfReach,
  },
  managerFailed: {
    message:
      'The external key store proxy rejected the request because it cannot communicate with the ' +
      'external key manager. Verify that the external key store proxy configuration is correct ' +
      'and that the external key manager is available.',
    ...badAnswer,
  },
  unhealthy: {
    message:
      'The external key store proxy is in an unhealthy state. If you see this message ' +
      'repeatedly, notify your external key store proxy administrator.',
    ...outOfReach,
  },
  unreachable: {
    message:
      'AWS KMS cannot communicate with the external key store proxy. This might be a transient ' +
      'network issue. If you see this error repeatedly, verify that your external key store ' +
      'proxy is active and is connected to the network, and that its endpoint URI is correct in ' +
      'your external key store.',
    ...outOfReach,
  },
  tlsFailed: {
    message:
      'AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS ' +
      'configuration, including its certificate.',
    ...outOfReach,
    asConnection: 'XKS_PROXY_INVALID_TLS_CONFIGURATION',
  },
  timedOut: {
    message:
      'AWS KMS rejected the request because the external key store proxy did not respond in ' +
      'time. Retry the request. If you see this error repeatedly, report it to your external key ' +
      'store proxy administrator.',
    ...outOfReach,
    asConnection: 'XKS_PROXY_TIMED_OUT',
  },
  // PKCS#11 tokens in the place of CloudHSM clusters. AWS's texts are not known.
  clusterUnknown: {
    message: 'The CloudHSM cluster is not one of the tokens that this service is configured with.',
    asSettings: 'CloudHsmClusterNotFoundException',
    asNewKey: invalidState,
    asConnection: 'CLUSTER_NOT_FOUND',
  },
  tokenAbsent: {
    message: 'The CloudHSM cluster is not active: its token is not present or not initialized.',
    asSettings: 'CloudHsmClusterNotActiveException',
    asNewKey: invalidState,
    asConnection: 'INSUFFICIENT_CLOUDHSM_HSMS',
  },
  tokenUnfit: {
    message: 'The CloudHSM cluster cannot make and use AES-256 keys with AES-GCM.',
    ...tokenFault,
    asNewKey: 'CloudHsmClusterInvalidConfigurationException',
    asConnection: 'INTERNAL_ERROR',
  },
  tokenFailed: {
    message: 'The CloudHSM cluster did not do what it was asked to. The request can be retried.',
    ...tokenFault,
    asConnection: 'INTERNAL_ERROR',
  },
  tokenTimedOut: {
    message: 'The CloudHSM cluster did not answer in time. The request can be retried.',
    ...tokenFault,
    asConnection: 'NETWORK_ERRORS',
  },
  passwordRefused: {
    message: 'The CloudHSM cluster does not accept the key store password.',
    ...tokenFault,
    asConnection: 'INVALID_CREDENTIALS',
  },
  userLockedOut: {
    message: 'The CloudHSM cluster has locked its user out.',
    ...tokenFault,
    asConnection: 'USER_LOCKED_OUT',
  },
  userUnknown: {
    message: 'The CloudHSM cluster has no user: its PIN was never set.',
    ...tokenFault,
    asConnection: 'USER_NOT_FOUND',
  },
  tokenKeyMissing: {
    message: 'The CloudHSM cluster does not have the key behind this KMS key.',
    ...tokenFault,
    asConnection: 'INTERNAL_ERROR',
  },
  tokenCiphertextRefused: {
    message: '',
    ...tokenFault,
    asUse: 'InvalidCiphertextException',
    asConnection: 'INTERNAL_ERROR',
  },
} as const satisfies Record<string, FailureRow>

/** What stands in the way of every use of a key while its store is not connected. */
export const notConnectedText = (type: KeyStoreType): string =>
  type === 'EXTERNAL_KEY_STORE'
    ? 'This KMS key is in a custom key store that is not connected to its external key store ' +
      'proxy. Connect the external key store and try the request again.'
    : 'This KMS key is in a custom key store that is not connected to its AWS CloudHSM ' +
      'cluster. Connect the AWS CloudHSM key store and try the request again.'

export type BackendFailure = keyof typeof failures

const rowOf = (failure: BackendFailure): FailureRow => failures[failure]

type Purpose = 'asSettings' | 'asNewKey' | 'asUse'

/** What the caller of an operation is told of a backend that failed. */
export const failureAnswer = (error: BackendError, purpose: Purpose): KmsError => {
  const row = rowOf(error.failure)
  return new KmsError(row[purpose] ?? 'KMSInvalidStateException', error.told ?? row.message, {
    cause: error,
  })
}

/** Whether the caller alone brought it about: no operator has to know. */
export const isCallersFault = ({ failure }: BackendError): boolean =>
  failure === 'ciphertextRefused' || failure === 'tokenCiphertextRefused'

export const connectionErrorCodeOf = (error: BackendError): ConnectionErrorCode =>
  rowOf(error.failure).asConnection
