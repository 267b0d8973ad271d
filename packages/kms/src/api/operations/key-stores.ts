import {
  clusterIdShape,
  connectivityShape,
  keyStoreEntryShape,
  keyStoreIdShape,
  keyStoreNameShape,
  keyStorePasswordShape,
  keyStoreTypeShape,
  proxyCredentialShape,
  trustAnchorShape,
  uriEndpointShape,
  uriPathShape,
  vpcServiceNameShape,
  vpcServiceOwnerShape,
} from '../key-store-members.ts'
import { limit, marker, nextMarker, truncated } from '../members.ts'
import { account, operation } from '../operation.ts'
import { listOf, optional, required } from '../shapes.ts'

const storeId = required(keyStoreIdShape, 'The id of the custom key store.')

/** How a store reaches what backs it: CreateCustomKeyStore and UpdateCustomKeyStore. */
const connection = {
  CloudHsmClusterId: optional(
    clusterIdShape,
    "The PKCS#11 token, by its name in the service's configuration.",
  ),
  KeyStorePassword: optional(keyStorePasswordShape, 'The PIN of the token.'),
  XksProxyUriEndpoint: optional(
    uriEndpointShape,
    'Where the external key store proxy answers: https:// and its host name.',
  ),
  XksProxyUriPath: optional(uriPathShape, 'Under which path: /PREFIX/kms/xks/v1.'),
  XksProxyVpcEndpointServiceName: optional(vpcServiceNameShape, 'There is no VPC here.'),
  XksProxyVpcEndpointServiceOwner: optional(vpcServiceOwnerShape, 'There is no VPC here.'),
  XksProxyAuthenticationCredential: optional(
    proxyCredentialShape,
    'What the service signs its requests to the proxy with.',
  ),
  XksProxyConnectivity: optional(connectivityShape, 'PUBLIC_ENDPOINT, for there is no VPC here.'),
}

/** Members of `connection` that records may repeat. */
const auditedConnection = [
  'CloudHsmClusterId',
  'XksProxyUriEndpoint',
  'XksProxyUriPath',
  'XksProxyVpcEndpointServiceName',
  'XksProxyVpcEndpointServiceOwner',
  'XksProxyConnectivity',
] as const

export const CreateCustomKeyStore = operation({
  doc: 'Makes a custom key store: keys of it work only together with an external key manager or HSM.',
  input: {
    CustomKeyStoreName: required(keyStoreNameShape, 'Unique in the account and Region.'),
    TrustAnchorCertificate: optional(
      trustAnchorShape,
      'The certificate that the token is known by; of AWS_CLOUDHSM alone.',
    ),
    CustomKeyStoreType: optional(keyStoreTypeShape, 'AWS_CLOUDHSM if absent.'),
    ...connection,
  },
  output: { CustomKeyStoreId: optional(keyStoreIdShape, 'The id of the new store.') },
  authorize: [{ action: 'kms:CreateCustomKeyStore', resource: account }],
  keyState: 'any',
  changes: true,
  audit: ['CustomKeyStoreName', 'CustomKeyStoreType', ...auditedConnection],
  auditOutput: ['CustomKeyStoreId'],
  errors: [
    'CloudHsmClusterInUseException',
    'CustomKeyStoreNameInUseException',
    'CloudHsmClusterNotFoundException',
    'KMSInternalException',
    'CloudHsmClusterNotActiveException',
    'IncorrectTrustAnchorException',
    'CloudHsmClusterInvalidConfigurationException',
    'LimitExceededException',
    'XksProxyUriInUseException',
    'XksProxyUriEndpointInUseException',
    'XksProxyUriUnreachableException',
    'XksProxyIncorrectAuthenticationCredentialException',
    'XksProxyVpcEndpointServiceInUseException',
    'XksProxyVpcEndpointServiceNotFoundException',
    'XksProxyVpcEndpointServiceInvalidConfigurationException',
    'XksProxyInvalidResponseException',
    'XksProxyInvalidConfigurationException',
  ],
})

export const UpdateCustomKeyStore = operation({
  doc: 'Changes the name of a custom key store, or how it reaches what backs it.',
  input: {
    CustomKeyStoreId: storeId,
    NewCustomKeyStoreName: optional(keyStoreNameShape, 'Its new name.'),
    ...connection,
  },
  output: {},
  authorize: [{ action: 'kms:UpdateCustomKeyStore', resource: account }],
  keyState: 'any',
  changes: true,
  audit: ['CustomKeyStoreId', 'NewCustomKeyStoreName', ...auditedConnection],
  auditOutput: [],
  errors: [
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreNameInUseException',
    'CloudHsmClusterNotFoundException',
    'CloudHsmClusterNotRelatedException',
    'CustomKeyStoreInvalidStateException',
    'KMSInternalException',
    'CloudHsmClusterNotActiveException',
    'CloudHsmClusterInvalidConfigurationException',
    'XksProxyUriInUseException',
    'XksProxyUriEndpointInUseException',
    'XksProxyUriUnreachableException',
    'XksProxyIncorrectAuthenticationCredentialException',
    'XksProxyVpcEndpointServiceInUseException',
    'XksProxyVpcEndpointServiceNotFoundException',
    'XksProxyVpcEndpointServiceInvalidConfigurationException',
    'XksProxyInvalidResponseException',
    'XksProxyInvalidConfigurationException',
  ],
})

export const DeleteCustomKeyStore = operation({
  doc: 'Deletes a custom key store that is disconnected and has no keys. What backs it stays.',
  input: { CustomKeyStoreId: storeId },
  output: {},
  authorize: [{ action: 'kms:DeleteCustomKeyStore', resource: account }],
  keyState: 'any',
  changes: true,
  audit: ['CustomKeyStoreId'],
  auditOutput: [],
  errors: [
    'CustomKeyStoreHasCMKsException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
  ],
})

export const DescribeCustomKeyStores = operation({
  doc: 'Tells of the custom key stores of the account in the Region, or of one.',
  input: {
    CustomKeyStoreId: optional(keyStoreIdShape, 'Tells of this store alone.'),
    CustomKeyStoreName: optional(keyStoreNameShape, 'Tells of the store with this name alone.'),
    Limit: limit,
    Marker: marker,
  },
  output: {
    CustomKeyStores: required(listOf(keyStoreEntryShape), 'The stores.'),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:DescribeCustomKeyStores', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['CustomKeyStoreId', 'CustomKeyStoreName', 'Limit', 'Marker'],
  auditOutput: [],
  errors: ['CustomKeyStoreNotFoundException', 'InvalidMarkerException', 'KMSInternalException'],
})

export const ConnectCustomKeyStore = operation({
  doc: 'Begins to connect a custom key store; DescribeCustomKeyStores tells what came of it.',
  input: { CustomKeyStoreId: storeId },
  output: {},
  authorize: [{ action: 'kms:ConnectCustomKeyStore', resource: account }],
  keyState: 'any',
  changes: true,
  audit: ['CustomKeyStoreId'],
  auditOutput: [],
  errors: [
    'CloudHsmClusterNotActiveException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
    'CloudHsmClusterInvalidConfigurationException',
  ],
})

export const DisconnectCustomKeyStore = operation({
  doc: 'Disconnects a custom key store: its keys are unavailable until it is connected again.',
  input: { CustomKeyStoreId: storeId },
  output: {},
  authorize: [{ action: 'kms:DisconnectCustomKeyStore', resource: account }],
  keyState: 'any',
  changes: true,
  audit: ['CustomKeyStoreId'],
  auditOutput: [],
  errors: [
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
  ],
})
