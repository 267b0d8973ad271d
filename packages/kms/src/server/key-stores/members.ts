import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import type { KeyStoreType } from '../../core/key-stores/record.ts'
import { missing } from '../missing.ts'

type Members = Partial<Input<'CreateCustomKeyStore'> & Input<'UpdateCustomKeyStore'>>
type MemberName = keyof Members

/** Which members belong to which type of store. */
const membersOf: { readonly [T in KeyStoreType]: readonly MemberName[] } = {
  AWS_CLOUDHSM: ['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'],
  EXTERNAL_KEY_STORE: [
    'XksProxyConnectivity',
    'XksProxyUriEndpoint',
    'XksProxyUriPath',
    'XksProxyAuthenticationCredential',
    'XksProxyVpcEndpointServiceName',
    'XksProxyVpcEndpointServiceOwner',
  ],
}

/** Those that a store of the type cannot be made without. */
const requiredOf: { readonly [T in KeyStoreType]: readonly MemberName[] } = {
  AWS_CLOUDHSM: membersOf.AWS_CLOUDHSM,
  EXTERNAL_KEY_STORE: membersOf.EXTERNAL_KEY_STORE.slice(0, 4),
}

/** Throws ValidationException for a member that a store of the other type has. */
export const refuseForeignMembers = (type: KeyStoreType, members: Members): void => {
  const foreign = type === 'AWS_CLOUDHSM' ? 'EXTERNAL_KEY_STORE' : 'AWS_CLOUDHSM'
  const name = membersOf[foreign].find((member) => members[member] !== undefined)
  if (name === undefined) return
  throw new KmsError(
    'ValidationException',
    `${name} is not valid for a custom key store of type ${type}.`,
  )
}

/** What CreateCustomKeyStore needs of its members, which depends on the type of the store. */
export const requireNewStoreMembers = (input: Input<'CreateCustomKeyStore'>): void => {
  const type = input.CustomKeyStoreType ?? 'AWS_CLOUDHSM'
  const absent = requiredOf[type].find((name) => (input as Members)[name] === undefined)
  if (absent !== undefined) throw missing(absent.charAt(0).toLowerCase() + absent.slice(1))
  refuseForeignMembers(type, input)
  requireVpcMembers(input)
}

/** The members that only a VPC endpoint service has, and has to have. */
export const requireVpcMembers = ({
  XksProxyConnectivity: connectivity,
  XksProxyVpcEndpointServiceName: name,
  XksProxyVpcEndpointServiceOwner: owner,
}: Members): void => {
  if (connectivity === 'VPC_ENDPOINT_SERVICE') {
    if (name === undefined) throw missing('xksProxyVpcEndpointServiceName')
  } else if (connectivity === 'PUBLIC_ENDPOINT' && (name ?? owner) !== undefined)
    throw new KmsError(
      'ValidationException',
      'XksProxyVpcEndpointServiceName is not valid for PUBLIC_ENDPOINT connectivity.',
    )
}

/** Either of the two names a store, not both. */
export const requireOneStore = (input: Input<'DescribeCustomKeyStores'>): void => {
  if (input.CustomKeyStoreId === undefined || input.CustomKeyStoreName === undefined) return
  throw new KmsError(
    'ValidationException',
    'Please specify either CustomKeyStoreId or CustomKeyStoreName, not both.',
  )
}
