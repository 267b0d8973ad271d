import { EnvelopeError, type MessageHeader } from '@keyhold/envelope'
import type { MessageSettings } from './settings.ts'

/** A message that was verified, up to its header at least. */
export type Verified = {
  readonly header: MessageHeader
  readonly context: ReadonlyMap<string, string>
}

/** The context of a message is not the one that was asked for; the metadata tells what is missing. */
export class ContextRefusal extends EnvelopeError {
  readonly header: MessageHeader
  readonly missingNames: readonly string[]
  readonly missingPairs: readonly (readonly [string, string])[]
  /** The first bytes of the message, where whoever read it has kept them. */
  messageStart = new Uint8Array(0)
  constructor(
    { header }: Verified,
    missing: Pick<ContextRefusal, 'missingNames' | 'missingPairs'>,
    why: string,
  ) {
    super('ContextMismatch', `The encryption context is another one: ${why}.`)
    this.header = header
    this.missingNames = missing.missingNames
    this.missingPairs = missing.missingPairs
  }
}

/** Throws `ContextRefusal` unless a verified context has the pairs and names that were asked for. */
export const requireContext = (
  verified: Verified,
  { context: pairs, requiredNames }: Pick<MessageSettings, 'context' | 'requiredNames'>,
): void => {
  const { context } = verified
  const missingPairs = [...pairs].filter(([name, value]) => context.get(name) !== value)
  const missingNames = requiredNames.filter((name) => !context.has(name))
  const [pair] = missingPairs
  const why = pair === undefined ? missingNames.map(lacks)[0] : differs(context, pair)
  if (why !== undefined) throw new ContextRefusal(verified, { missingNames, missingPairs }, why)
}

const lacks = (name: string): string => `it has no ${name}`

const differs = (
  context: ReadonlyMap<string, string>,
  [name, value]: readonly [string, string],
): string =>
  context.has(name)
    ? `${name} is ${JSON.stringify(context.get(name))}, not ${JSON.stringify(value)}`
    : lacks(name)
