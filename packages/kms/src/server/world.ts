import { awsRegions } from '../core/regions.ts'
import { GrantBook } from '../core/access/grants/grant-book.ts'
import { GrantTokens } from '../core/access/grants/grant-tokens.ts'
import { awsAttestation } from '../core/attestation/roots.ts'
import { Attestation, type AttestationTrust } from '../core/attestation/verify.ts'
import { NonceSource } from '../core/crypto/nonce.ts'
import { AccessKeys } from '../core/identity/access-keys.ts'
import { type CredentialUse, CredentialUses } from '../core/identity/credential-uses.ts'
import { Identities } from '../core/identity/identities.ts'
import { PolicyBook } from '../core/identity/policy-book.ts'
import { Principals } from '../core/identity/principals.ts'
import { ProviderKeys } from '../core/identity/web/jwks.ts'
import { WebIdentities } from '../core/identity/web/verify.ts'
import type { HsmClusters } from '../core/key-stores/cluster.ts'
import { KeyStores } from '../core/key-stores/key-stores.ts'
import { Directory } from '../core/keys/directory.ts'
import { KeyAllowance } from '../core/keys/key-allowance.ts'
import type { KeyUseBook } from '../core/keys/key-uses.ts'
import { Markers } from '../core/marker.ts'
import type { Clock, Fetch, KeyWork, Random } from '../core/ports.ts'
import { defaultQuotas, type Quotas } from '../core/quotas.ts'
import type { UseBook } from '../core/state/last-uses.ts'
import type { Unsealed } from './bootstrap.ts'
import type { World } from './call.ts'
import { httpsFetch } from './fetch.ts'
import { logKeyStores, openBackends } from './key-stores/backends.ts'
import { type Log, rateLimited } from './log.ts'
import type { XksOptions } from './xks/client.ts'

/** What of the world can be set. */
export type WorldOptions = {
  readonly regions?: readonly string[] | undefined
  /** Where they differ from AWS's. */
  readonly quotas?: Partial<Quotas> | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** How the keys of identity providers are fetched; absent: over https. */
  readonly fetch?: Fetch
  /** Whose attestation documents are believed; absent: AWS's. */
  readonly attestation?: AttestationTrust | undefined
  /** How external key store proxies are reached. */
  readonly xks?: XksOptions | undefined
  /** The tokens that may stand behind custom key stores; absent: none. */
  readonly hsmClusters?: HsmClusters
}

/** Where the world notes what was used. */
export type Uses = {
  readonly credentials: UseBook<CredentialUse>
  readonly keys: KeyUseBook
}

/** Makes what the handlers work with, once the service is unsealed. */
export const openWorld = async (
  options: WorldOptions,
  { state, hierarchy, account: firstAccount }: Pick<Unsealed, 'state' | 'hierarchy' | 'account'>,
  keyWork: KeyWork,
  uses: Uses,
): Promise<World> => {
  const { clock, random, fetch = httpsFetch, hsmClusters = new Map(), xks = {} } = options
  const identities = new Identities(state)
  const quotas = { ...defaultQuotas, ...options.quotas }
  const accessKeys = await AccessKeys.load(state, hierarchy)
  return {
    firstAccount,
    clock,
    random,
    quotas,
    keyAllowance: new KeyAllowance(state, quotas.keysPerRegion),
    regions: new Set(options.regions ?? awsRegions),
    state,
    hierarchy,
    directory: new Directory(state, hierarchy, clock, quotas.aliasesPerKey),
    grants: new GrantBook(state),
    grantTokens: new GrantTokens(hierarchy, random),
    identities,
    policyBook: new PolicyBook(identities),
    accessKeys,
    principals: new Principals(accessKeys, identities, hierarchy, clock),
    webIdentities: new WebIdentities(identities, new ProviderKeys(fetch, clock), clock),
    credentialUses: new CredentialUses(uses.credentials),
    keyUses: uses.keys,
    attestation: new Attestation(options.attestation ?? awsAttestation),
    markers: new Markers(hierarchy.markerKey()),
    nonces: new NonceSource(random),
    keyWork,
    hsmClusters,
    keyStores: await KeyStores.load(state, {
      hierarchy,
      random,
      open: openBackends(clock, hsmClusters, xks),
      onEvent: logKeyStores(rateLimited(options.log, 60, () => clock.nowMs())),
    }),
  }
}
