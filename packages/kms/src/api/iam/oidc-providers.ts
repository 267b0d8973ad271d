import { anyIdentity, identityChange, identityRead, made, oidcProvider } from './row.ts'
import {
  arnShape,
  clientIDShape,
  openIdConnectProviderUrlShape,
  tagListShape,
  thumbprintShape,
} from './members.ts'
import { openIdConnectProviderListEntryShape } from './entities.ts'
import { listOf, optional, required, time } from '../shapes.ts'

export const CreateOpenIDConnectProvider = identityChange({
  doc: 'Trusts an issuer of OpenID Connect tokens, so that roles can name it in their trust policies.',
  input: {
    Url: required(openIdConnectProviderUrlShape, 'The issuer, as its tokens name it: https://….'),
    ClientIDList: optional(listOf(clientIDShape), 'Audiences that its tokens may name.'),
    ThumbprintList: optional(
      listOf(thumbprintShape),
      'SHA-1 thumbprints of certificates. Kept and not used: TLS trusts the authorities of the system.',
    ),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  output: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  authorize: [
    { action: 'iam:CreateOpenIDConnectProvider', resource: made('oidc-provider', 'Url') },
  ],
  audit: ['Url', 'ClientIDList', 'ThumbprintList', 'Tags'],
  auditOutput: ['OpenIDConnectProviderArn', 'Tags'],
  errors: [
    'InvalidInputException',
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'ConcurrentModificationException',
    'ServiceFailureException',
    'OpenIdIdpCommunicationErrorException',
  ],
})

export const GetOpenIDConnectProvider = identityRead({
  doc: 'Tells what is known of a provider.',
  input: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
  },
  output: {
    Url: required(openIdConnectProviderUrlShape, 'The issuer, without its scheme.'),
    ClientIDList: required(listOf(clientIDShape), 'Audiences that its tokens may name.'),
    ThumbprintList: required(listOf(thumbprintShape), 'The thumbprints.'),
    CreateDate: required(time, 'When it was made.'),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  authorize: [
    { action: 'iam:GetOpenIDConnectProvider', resource: oidcProvider('OpenIDConnectProviderArn') },
  ],
  audit: ['OpenIDConnectProviderArn'],
  errors: ['InvalidInputException', 'NoSuchEntityException', 'ServiceFailureException'],
})

export const ListOpenIDConnectProviders = identityRead({
  doc: 'Lists the providers.',
  input: {},
  output: {
    OpenIDConnectProviderList: required(
      listOf(openIdConnectProviderListEntryShape),
      'The providers.',
    ),
  },
  authorize: [{ action: 'iam:ListOpenIDConnectProviders', resource: anyIdentity }],
  audit: [],
  errors: ['ServiceFailureException'],
})

export const DeleteOpenIDConnectProvider = identityChange({
  doc: 'Ends the trust in a provider. Sessions that it opened last to their end.',
  input: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
  },
  output: undefined,
  authorize: [
    {
      action: 'iam:DeleteOpenIDConnectProvider',
      resource: oidcProvider('OpenIDConnectProviderArn'),
    },
  ],
  audit: ['OpenIDConnectProviderArn'],
  errors: ['InvalidInputException', 'NoSuchEntityException', 'ServiceFailureException'],
})

export const AddClientIDToOpenIDConnectProvider = identityChange({
  doc: 'Adds an audience that tokens of the provider may name.',
  input: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
    ClientID: required(clientIDShape, 'The audience.'),
  },
  output: undefined,
  authorize: [
    {
      action: 'iam:AddClientIDToOpenIDConnectProvider',
      resource: oidcProvider('OpenIDConnectProviderArn'),
    },
  ],
  audit: ['OpenIDConnectProviderArn', 'ClientID'],
  errors: [
    'ConcurrentModificationException',
    'InvalidInputException',
    'NoSuchEntityException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const RemoveClientIDFromOpenIDConnectProvider = identityChange({
  doc: 'Removes an audience.',
  input: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
    ClientID: required(clientIDShape, 'The audience.'),
  },
  output: undefined,
  authorize: [
    {
      action: 'iam:RemoveClientIDFromOpenIDConnectProvider',
      resource: oidcProvider('OpenIDConnectProviderArn'),
    },
  ],
  audit: ['OpenIDConnectProviderArn', 'ClientID'],
  errors: [
    'ConcurrentModificationException',
    'InvalidInputException',
    'NoSuchEntityException',
    'ServiceFailureException',
  ],
})

export const UpdateOpenIDConnectProviderThumbprint = identityChange({
  doc: 'Replaces the thumbprints of a provider.',
  input: {
    OpenIDConnectProviderArn: required(arnShape, 'ARN of the provider.'),
    ThumbprintList: required(
      listOf(thumbprintShape),
      'SHA-1 thumbprints of certificates. Kept and not used: TLS trusts the authorities of the system.',
    ),
  },
  output: undefined,
  authorize: [
    {
      action: 'iam:UpdateOpenIDConnectProviderThumbprint',
      resource: oidcProvider('OpenIDConnectProviderArn'),
    },
  ],
  audit: ['OpenIDConnectProviderArn', 'ThumbprintList'],
  errors: [
    'ConcurrentModificationException',
    'InvalidInputException',
    'NoSuchEntityException',
    'ServiceFailureException',
  ],
})
