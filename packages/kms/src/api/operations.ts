import * as aliases from './operations/aliases.ts'
import * as data from './operations/data.ts'
import * as dataKeyPairs from './operations/data-key-pairs.ts'
import * as dataKeys from './operations/data-keys.ts'
import * as encapsulation from './operations/encapsulation.ts'
import * as grants from './operations/grants.ts'
import * as keyAgreement from './operations/key-agreement.ts'
import * as keyStores from './operations/key-stores.ts'
import * as imports from './operations/import.ts'
import * as keys from './operations/keys.ts'
import * as lastUsage from './operations/last-usage.ts'
import * as macs from './operations/macs.ts'
import * as multiRegion from './operations/multi-region.ts'
import * as policies from './operations/policies.ts'
import * as random from './operations/random.ts'
import * as rotation from './operations/rotation.ts'
import * as signing from './operations/signing.ts'
import * as tags from './operations/tags.ts'
import type { InputOf, Operation, OutputOf } from './operation.ts'

/** Every operation of AWS KMS: its row is all that the rest of the house knows of it. */
export const operations = {
  ...keys,
  ...aliases,
  ...data,
  ...dataKeys,
  ...dataKeyPairs,
  ...macs,
  ...keyAgreement,
  ...encapsulation,
  ...random,
  ...tags,
  ...policies,
  ...grants,
  ...rotation,
  ...multiRegion,
  ...imports,
  ...keyStores,
  ...lastUsage,
  ...signing,
} as const satisfies { readonly [name: string]: Operation }

export type Operations = typeof operations
/** What an operation is called, as AWS spells it. */
export type OperationName = keyof Operations
export type Input<N extends OperationName> = InputOf<Operations[N]>
export type Output<N extends OperationName> = OutputOf<Operations[N]>
