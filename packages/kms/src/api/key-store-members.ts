import { oneOf, optional, required, secretText, structure, text, time } from './shapes.ts'

/** The shapes of custom key stores, under the model's own names. */

export const keyStoreIdShape = text(1, 64)
/** Id of a key at an external key manager. */
export const xksKeyIdShape = text(1, 128, '^[a-zA-Z0-9-_.]+$')
export const keyStoreNameShape = text(1, 256)
export const keyStoreTypeShape = oneOf(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])
export const clusterIdShape = text(19, 24, 'cluster-[2-7a-zA-Z]{11,16}')
export const trustAnchorShape = text(1, 5000)
export const keyStorePasswordShape = secretText(7, 32)
export const connectivityShape = oneOf(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'])
export const uriEndpointShape = text(10, 128, '^https://[a-zA-Z0-9.-]+$')
export const uriPathShape = text(
  10,
  128,
  '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
)
export const vpcServiceNameShape = text(
  20,
  64,
  '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
)
export const vpcServiceOwnerShape = text(12, 12, '[0-9]{12}')
const proxyAccessKeyIdShape = secretText(20, 30, '^[A-Z2-7]+$')
export const proxyCredentialShape = structure({
  AccessKeyId: required(proxyAccessKeyIdShape, 'Who the service is to the proxy.'),
  RawSecretAccessKey: required(
    secretText(43, 64, '^[a-zA-Z0-9\\/+=]+$'),
    'What it signs its requests to the proxy with.',
  ),
})
export const connectionStateShape = oneOf([
  'CONNECTED',
  'CONNECTING',
  'FAILED',
  'DISCONNECTED',
  'DISCONNECTING',
])
export const connectionErrorCodeShape = oneOf([
  'INVALID_CREDENTIALS',
  'CLUSTER_NOT_FOUND',
  'NETWORK_ERRORS',
  'INTERNAL_ERROR',
  'INSUFFICIENT_CLOUDHSM_HSMS',
  'USER_LOCKED_OUT',
  'USER_NOT_FOUND',
  'USER_LOGGED_IN',
  'SUBNET_NOT_FOUND',
  'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET',
  'XKS_PROXY_ACCESS_DENIED',
  'XKS_PROXY_NOT_REACHABLE',
  'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
  'XKS_PROXY_INVALID_RESPONSE',
  'XKS_PROXY_INVALID_CONFIGURATION',
  'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION',
  'XKS_PROXY_TIMED_OUT',
  'XKS_PROXY_INVALID_TLS_CONFIGURATION',
])

/** What DescribeCustomKeyStores tells of a store: everything but its secret. */
export const keyStoreEntryShape = structure({
  CustomKeyStoreId: required(keyStoreIdShape, 'The id of the store.'),
  CustomKeyStoreName: required(keyStoreNameShape, 'Its name.'),
  CloudHsmClusterId: optional(clusterIdShape, 'The token behind it; of AWS_CLOUDHSM alone.'),
  TrustAnchorCertificate: optional(trustAnchorShape, 'The certificate that the token is known by.'),
  ConnectionState: required(connectionStateShape, 'Its keys work only while it is CONNECTED.'),
  ConnectionErrorCode: optional(connectionErrorCodeShape, 'Why it is FAILED.'),
  CreationDate: required(time, 'When it was made.'),
  CustomKeyStoreType: required(keyStoreTypeShape, 'What it is backed by.'),
  XksProxyConfiguration: optional(
    structure({
      Connectivity: required(connectivityShape, 'How the proxy is reached.'),
      AccessKeyId: required(proxyAccessKeyIdShape, 'Who the service is to the proxy.'),
      UriEndpoint: required(uriEndpointShape, 'Where the proxy answers.'),
      UriPath: required(uriPathShape, 'Under which path.'),
      VpcEndpointServiceName: optional(vpcServiceNameShape, 'There is no VPC here.'),
      VpcEndpointServiceOwner: optional(vpcServiceOwnerShape, 'There is no VPC here.'),
    }),
    'The external key store proxy; of EXTERNAL_KEY_STORE alone.',
  ),
})
