import { KmsError } from '../../api/errors.ts'
import { oidcProviderArn, parseIamArn } from '../../core/identity/arn.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import type { OidcProviderRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { type IamFamily, overQuota } from './family.ts'
import { requireTags, tagsIfAny, wireTags } from './tags.ts'

export const providersMax = 100
const clientIdsMax = 100
const thumbprintsMax = 5

export const oidcProviderHandlers: IamFamily<
  | 'CreateOpenIDConnectProvider'
  | 'GetOpenIDConnectProvider'
  | 'ListOpenIDConnectProviders'
  | 'DeleteOpenIDConnectProvider'
  | 'AddClientIDToOpenIDConnectProvider'
  | 'RemoveClientIDFromOpenIDConnectProvider'
  | 'UpdateOpenIDConnectProviderThumbprint'
> = {
  async CreateOpenIDConnectProvider(input, call) {
    const { account } = call.place
    const url = requireIssuer(input.Url)
    const tags = requireTags(input.Tags, 'kept')
    const clientIds = [...new Set(input.ClientIDList)]
    if (clientIds.length > clientIdsMax)
      throw overQuota('ClientIdsPerOpenIdConnectProvider', clientIdsMax)
    const thumbprints = requireThumbprints(input.ThumbprintList ?? [])
    if ((await call.identities.oidcProvider(account, url)) !== undefined)
      throw new KmsError(
        'EntityAlreadyExistsException',
        `Provider with url https://${url} already exists.`,
      )
    if ((await providersOf(call)).length >= providersMax)
      throw overQuota('OpenIdConnectProvidersPerAccount', providersMax)
    const createdAtMs = call.clock.nowMs()
    putProvider(call, { account, url, clientIds, thumbprints, createdAtMs, tags })
    return { OpenIDConnectProviderArn: oidcProviderArn(account, url), ...tagsIfAny(tags) }
  },

  async GetOpenIDConnectProvider(input, call) {
    const provider = await requireProvider(call, input.OpenIDConnectProviderArn)
    return {
      Url: provider.url,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAtMs,
      Tags: wireTags(provider.tags),
    }
  },

  async ListOpenIDConnectProviders(_input, call) {
    const providers = await providersOf(call)
    return {
      OpenIDConnectProviderList: providers.map(({ account, url }) => ({
        Arn: oidcProviderArn(account, url),
      })),
    }
  },

  async DeleteOpenIDConnectProvider(input, call) {
    const arn = input.OpenIDConnectProviderArn
    const provider = await findProvider(call, arn)
    if (provider === undefined)
      throw noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`)
    call.change.remove('oidc_provider', rowId(provider))
  },

  async AddClientIDToOpenIDConnectProvider(input, call) {
    const provider = await requireProvider(call, input.OpenIDConnectProviderArn)
    const clientIds = [...new Set([...provider.clientIds, input.ClientID])]
    if (clientIds.length > clientIdsMax)
      throw overQuota('ClientIdsPerOpenIdConnectProvider', clientIdsMax)
    if (clientIds.length > provider.clientIds.length) putProvider(call, { ...provider, clientIds })
  },

  async RemoveClientIDFromOpenIDConnectProvider(input, call) {
    const provider = await requireProvider(call, input.OpenIDConnectProviderArn)
    const clientIds = provider.clientIds.filter((clientId) => clientId !== input.ClientID)
    if (clientIds.length < provider.clientIds.length) putProvider(call, { ...provider, clientIds })
  },

  async UpdateOpenIDConnectProviderThumbprint(input, call) {
    const provider = await requireProvider(call, input.OpenIDConnectProviderArn)
    const thumbprints = requireThumbprints(input.ThumbprintList)
    putProvider(call, { ...provider, thumbprints })
  },
}

type Located = Pick<OidcProviderRecord, 'account' | 'url'>

const rowId = ({ account, url }: Located): string => `${account}/${url}`

const putProvider = (call: Call, provider: OidcProviderRecord): void => {
  call.change.put('oidc_provider', rowId(provider), provider, { parent: provider.account })
}

const providersOf = async (call: Call): Promise<readonly OidcProviderRecord[]> => {
  const { account } = call.place
  const rows = await call.state.list({ table: 'oidc_provider', parent: account, limit: 1000 })
  return rows.map(({ value }) => value as OidcProviderRecord)
}

const findProvider = async (call: Call, arn: string): Promise<OidcProviderRecord | undefined> => {
  const parsed = parseIamArn(arn)
  const url = /^oidc-provider\/(.+)$/s.exec(parsed?.resource ?? '')?.[1]
  if (url === undefined || parsed?.account !== call.place.account) return undefined
  return /^[!-~]+$/.test(url) ? call.identities.oidcProvider(parsed.account, url) : undefined
}

const requireProvider = async (call: Call, arn: string): Promise<OidcProviderRecord> => {
  const provider = await findProvider(call, arn)
  if (provider !== undefined) return provider
  throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
}

/**
 * The issuer without its scheme, exactly as its tokens have to name it. Only https: who could answer
 * in its place could sign in its name. A port may be named, other than with AWS.
 */
const requireIssuer = (text: string): string => {
  const url = /^https:\/\/([!-~]+)$/.exec(text)?.[1]
  const parsed = url === undefined ? undefined : URL.parse(text)
  const isPlain = parsed?.search === '' && parsed.hash === '' && !/[@?#\\]/.test(text)
  if (url === undefined || !isPlain || parsed?.host !== url.split('/')[0])
    throw new KmsError('ValidationException', 'Invalid Open ID Connect Provider URL')
  return url.replace(/\/$/, '')
}

const requireThumbprints = (thumbprints: readonly string[]): readonly string[] => {
  if (thumbprints.length > thumbprintsMax)
    throw new KmsError(
      'InvalidInputException',
      `Thumbprint list must contain fewer than ${thumbprintsMax} entries.`,
    )
  return thumbprints
}
