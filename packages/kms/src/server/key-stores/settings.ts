import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import type { KeyStore } from '../../core/key-stores/key-store.ts'
import {
  type HsmToken,
  keyStoreRecord,
  type KeyStoreRecord,
  type KeyStoreSettings,
  newKeyStoreId,
  type XksProxy,
} from '../../core/key-stores/record.ts'
import type { Call } from '../call.ts'
import { refuseForeignMembers, requireVpcMembers } from './members.ts'

type Changes = Input<'UpdateCustomKeyStore'>

/**
 * The record of the store that CreateCustomKeyStore asks for. Throws what keeps it from being made,
 * as far as that is known here: whether its proxy answers is not. The members are checked.
 */
export const newStore = (input: Input<'CreateCustomKeyStore'>, call: Call): KeyStoreRecord => {
  requireFreeName(call, input.CustomKeyStoreName)
  const { customKeyStoresPerRegion } = call.quotas
  if (call.keyStores.of(call.place).length >= customKeyStoresPerRegion)
    throw new KmsError(
      'LimitExceededException',
      `The account has ${customKeyStoresPerRegion} custom key stores in this Region, which is the limit.`,
    )
  const described = {
    ...call.place,
    id: newKeyStoreId(call.random),
    name: input.CustomKeyStoreName,
    createdAtMs: call.clock.nowMs(),
    isConnected: false,
  }
  const credential = input.XksProxyAuthenticationCredential
  if (credential === undefined) {
    const token = {
      clusterId: input.CloudHsmClusterId ?? '',
      trustAnchor: input.TrustAnchorCertificate ?? '',
    }
    requireToken(call, token)
    const settings: KeyStoreSettings = { ...described, type: 'AWS_CLOUDHSM', token }
    return keyStoreRecord(settings, input.KeyStorePassword ?? '', call.hierarchy)
  }
  const proxy = proxyOf(call, input, {
    endpoint: input.XksProxyUriEndpoint ?? '',
    path: input.XksProxyUriPath ?? '',
    accessKeyId: credential.AccessKeyId,
  })
  const settings: KeyStoreSettings = { ...described, type: 'EXTERNAL_KEY_STORE', proxy }
  return keyStoreRecord(settings, credential.RawSecretAccessKey, call.hierarchy)
}

/** The record of the store as UpdateCustomKeyStore wants it; the same object if nothing changes. */
export const changedStore = (input: Changes, store: KeyStore, call: Call): KeyStoreRecord => {
  const { record } = store
  refuseForeignMembers(record.type, input)
  requireChangeableNow(store, input)
  const name = input.NewCustomKeyStoreName ?? record.name
  if (name !== record.name) requireFreeName(call, name)
  if (record.type === 'AWS_CLOUDHSM') {
    const token = { ...record.token, clusterId: input.CloudHsmClusterId ?? record.token.clusterId }
    if (token.clusterId !== record.token.clusterId) requireRelatedToken(call, token, record.id)
    return withSecret({ ...record, name, token }, input.KeyStorePassword, call)
  }
  requireVpcMembers(input)
  const credential = input.XksProxyAuthenticationCredential
  const proxy = proxyOf(
    call,
    input,
    {
      endpoint: input.XksProxyUriEndpoint ?? record.proxy.endpoint,
      path: input.XksProxyUriPath ?? record.proxy.path,
      accessKeyId: credential?.AccessKeyId ?? record.proxy.accessKeyId,
    },
    record.id,
  )
  return withSecret({ ...record, name, proxy }, credential?.RawSecretAccessKey, call)
}

const withSecret = (
  record: KeyStoreRecord,
  secret: string | undefined,
  { hierarchy }: Call,
): KeyStoreRecord => (secret === undefined ? record : keyStoreRecord(record, secret, hierarchy))

/**
 * AWS's rule (API reference, "UpdateCustomKeyStore"): a store has to be disconnected, but for the
 * name, path and credential of an external one, which may be connected.
 */
const requireChangeableNow = (store: KeyStore, input: Changes): void => {
  const { record, state } = store
  const movesProxy =
    input.XksProxyUriEndpoint !== undefined ||
    input.XksProxyConnectivity !== undefined ||
    input.XksProxyVpcEndpointServiceName !== undefined ||
    input.XksProxyVpcEndpointServiceOwner !== undefined
  const mayBeConnected = record.type === 'EXTERNAL_KEY_STORE' && !movesProxy
  if (state === 'DISCONNECTED' || (mayBeConnected && state === 'CONNECTED')) return
  throw invalidConnectionState(store)
}

/** AWS's text is not known. */
export const invalidConnectionState = ({ record, state }: KeyStore): KmsError =>
  new KmsError(
    'CustomKeyStoreInvalidStateException',
    `The connection state of the custom key store ${record.id} is ${state}, which is not valid ` +
      'for this operation.',
  )

const requireFreeName = (call: Call, name: string): void => {
  if (!call.keyStores.of(call.place).some(({ record }) => record.name === name)) return
  throw new KmsError(
    'CustomKeyStoreNameInUseException',
    `A custom key store with the name ${name} already exists.`,
  )
}

const requireToken = (call: Call, token: HsmToken): void => {
  const cluster = call.hsmClusters.get(token.clusterId)
  if (cluster === undefined) throw clusterNotFound(token.clusterId)
  if (pemOf(cluster.trustAnchor) !== pemOf(token.trustAnchor))
    throw new KmsError(
      'IncorrectTrustAnchorException',
      `The trust anchor certificate is not that of the CloudHSM cluster ${token.clusterId}.`,
    )
  const isTaken = call.keyStores
    .of(call.place)
    .some(
      ({ record }) =>
        record.type === 'AWS_CLOUDHSM' &&
        (record.token.clusterId === token.clusterId ||
          pemOf(record.token.trustAnchor) === pemOf(token.trustAnchor)),
    )
  if (isTaken)
    throw new KmsError(
      'CloudHsmClusterInUseException',
      `The CloudHSM cluster ${token.clusterId}, or one that shares its certificate, is already ` +
        'associated with a custom key store.',
    )
}

/** Another token is right only if it is a copy: then it has the same keys, and certificate. */
const requireRelatedToken = (call: Call, token: HsmToken, ownId: string): void => {
  const cluster = call.hsmClusters.get(token.clusterId)
  if (cluster === undefined) throw clusterNotFound(token.clusterId)
  const others = call.keyStores.of(call.place).filter(({ record }) => record.id !== ownId)
  const isTaken = others.some(
    ({ record }) => record.type === 'AWS_CLOUDHSM' && record.token.clusterId === token.clusterId,
  )
  if (!isTaken && pemOf(cluster.trustAnchor) === pemOf(token.trustAnchor)) return
  throw new KmsError(
    'CloudHsmClusterNotRelatedException',
    `The CloudHSM cluster ${token.clusterId} does not share the certificate of the one before.`,
  )
}

const clusterNotFound = (clusterId: string): KmsError =>
  new KmsError(
    'CloudHsmClusterNotFoundException',
    `The CloudHSM cluster ${clusterId} does not exist.`,
  )

/** A certificate does not change with the line breaks of its PEM. */
const pemOf = (text: string): string => text.replace(/\s/g, '')

/** Labels of letters, digits and hyphens (RFC 1123 §2.1), or the address that they make up. */
const hostForm = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

const proxyOf = (
  call: Call,
  asked: Pick<Changes, 'XksProxyConnectivity' | 'XksProxyVpcEndpointServiceName'>,
  proxy: Omit<XksProxy, 'connectivity'>,
  ownId?: string,
): XksProxy => {
  const hostname = URL.parse(proxy.endpoint)?.hostname ?? ''
  if (`https://${hostname}` !== proxy.endpoint.toLowerCase() || !hostForm.test(hostname))
    throw new KmsError(
      'ValidationException',
      'The XksProxyUriEndpoint must be https:// and the host name of the proxy.',
    )
  requireFreeEndpoint(call, asked, proxy, ownId)
  if (
    asked.XksProxyConnectivity === 'VPC_ENDPOINT_SERVICE' ||
    asked.XksProxyVpcEndpointServiceName !== undefined
  )
    throw new KmsError(
      'XksProxyVpcEndpointServiceNotFoundException',
      'AWS KMS could not find the VPC endpoint service: there is no VPC here.',
    )
  return { ...proxy, connectivity: 'PUBLIC_ENDPOINT' }
}

/**
 * Endpoint and path together belong to one store of the account and Region; the endpoint of a VPC
 * endpoint service to one alone (API reference, "CreateCustomKeyStore").
 */
const requireFreeEndpoint = (
  call: Call,
  { XksProxyConnectivity }: Pick<Changes, 'XksProxyConnectivity'>,
  { endpoint, path }: Pick<XksProxy, 'endpoint' | 'path'>,
  ownId: string | undefined,
): void => {
  const taken = call.keyStores.of(call.place).flatMap(({ record }) => {
    const isOther = record.type === 'EXTERNAL_KEY_STORE' && record.id !== ownId
    const isSame = isOther && record.proxy.endpoint.toLowerCase() === endpoint.toLowerCase()
    return isSame ? [record.proxy.path] : []
  })
  if (XksProxyConnectivity === 'VPC_ENDPOINT_SERVICE' && taken.length > 0)
    throw new KmsError(
      'XksProxyUriEndpointInUseException',
      `The XksProxyUriEndpoint ${endpoint} is already associated with another external key store.`,
    )
  if (taken.includes(path))
    throw new KmsError(
      'XksProxyUriInUseException',
      `The URI ${endpoint}${path} is already associated with another external key store.`,
    )
}
