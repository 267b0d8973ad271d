import { iam } from '../api/iam.ts'
import { keyhold } from '../api/keyhold.ts'
import { kms } from '../api/kms.ts'
import type { Operation } from '../api/operation.ts'
import type { AnyService } from '../api/service.ts'
import { sts } from '../api/sts.ts'
import { xksProxy } from '../api/xks.ts'
import type { Call } from './call.ts'
import { handlers as kmsHandlers } from './handlers.ts'
import { administrationHandlers, resolveAdministration } from './identity/administration.ts'
import { iamHandlers } from './identity/iam-handlers.ts'
import { resolveIdentities } from './identity/resolve.ts'
import { resolveSessions } from './identity/resolve-sessions.ts'
import { stsHandlers } from './identity/sts-handlers.ts'
import { inputChecks } from './input-checks.ts'
import { prepareImport } from './import-material.ts'
import { prepareNewKey } from './new-key.ts'
import { keyStorePreparations } from './key-stores/preparations.ts'
import { type Protocol, protocolOf } from './protocols.ts'
import { type Resolver, resolveTargets } from './resolve.ts'
import { xksHandlers } from './xks-proxy/handlers.ts'

/** The work of an operation, its types forgotten: the row has checked what goes in. */
type AnyHandler = (input: never, call: Call) => unknown

/** A service of the one endpoint, as the front and the pipeline serve it. */
export type Served = {
  readonly service: AnyService
  readonly protocol: Protocol
  readonly operations: { readonly [name: string]: Operation }
  readonly handlers: { readonly [name: string]: AnyHandler }
  /** What is made before a change gets its turn: key material, for the receiver to erase. */
  readonly preparations: {
    readonly [name: string]:
      | ((input: never, call: Call) => Promise<Uint8Array | undefined>)
      | undefined
  }
  /** What is asked of an input beyond its shapes, before anything is looked up. */
  readonly checks: { readonly [name: string]: ((input: never) => void) | undefined }
  readonly resolve: Resolver
}

const served = (
  service: AnyService,
  handlers: Served['handlers'],
  resolve: Resolver,
  checks: Served['checks'] = {},
  preparations: Served['preparations'] = {},
): Served => ({
  service,
  protocol: protocolOf(service),
  operations: service.operations,
  handlers,
  checks,
  preparations,
  resolve,
})

/** What AWS KMS, or another Keyhold, keeps its keys in; it has a listener of its own. */
export const servedXksProxy = served(xksProxy, xksHandlers, resolveTargets)

/** Every service of the endpoint, by its name in the scope of a signature. */
export const servedServices: ReadonlyMap<string, Served> = new Map(
  [
    served(kms, kmsHandlers, resolveTargets, inputChecks, {
      ...keyStorePreparations,
      CreateKey: prepareNewKey,
      ImportKeyMaterial: prepareImport,
    }),
    served(iam, iamHandlers, resolveIdentities),
    served(sts, stsHandlers, resolveSessions),
    served(keyhold, administrationHandlers, resolveAdministration),
  ].map((each) => [each.service.name, each]),
)
