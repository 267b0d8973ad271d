import type { Handlers } from './call.ts'
import { aliasHandlers } from './handlers/aliases.ts'
import { dataHandlers } from './handlers/data.ts'
import { dataKeyPairHandlers } from './handlers/data-key-pairs.ts'
import { dataKeyHandlers } from './handlers/data-keys.ts'
import { encapsulationHandlers } from './handlers/encapsulation.ts'
import { grantHandlers } from './handlers/grants.ts'
import { importHandlers } from './handlers/import.ts'
import { keyAgreementHandlers } from './handlers/key-agreement.ts'
import { keyHandlers } from './handlers/keys.ts'
import { keyStoreHandlers } from './handlers/key-stores.ts'
import { lastUsageHandlers } from './handlers/last-usage.ts'
import { macHandlers } from './handlers/macs.ts'
import { multiRegionHandlers } from './handlers/multi-region.ts'
import { policyHandlers } from './handlers/policies.ts'
import { randomHandlers } from './handlers/random.ts'
import { rotationHandlers } from './handlers/rotation.ts'
import { signingHandlers } from './handlers/signing.ts'
import { tagHandlers } from './handlers/tags.ts'

/** The work of every operation, by its name. */
export const handlers: Handlers = {
  ...keyHandlers,
  ...aliasHandlers,
  ...dataHandlers,
  ...dataKeyHandlers,
  ...dataKeyPairHandlers,
  ...macHandlers,
  ...keyAgreementHandlers,
  ...encapsulationHandlers,
  ...randomHandlers,
  ...tagHandlers,
  ...policyHandlers,
  ...grantHandlers,
  ...rotationHandlers,
  ...multiRegionHandlers,
  ...importHandlers,
  ...keyStoreHandlers,
  ...lastUsageHandlers,
  ...signingHandlers,
}
