import { EnvelopeError } from '@keyhold/envelope'
import type { MessageSettings } from './settings.ts'

/** Throws `ContextMismatch` unless a verified context has the pairs and names that were asked for. */
export const requireContext = (
  context: ReadonlyMap<string, string>,
  { context: pairs, requiredNames }: Pick<MessageSettings, 'context' | 'requiredNames'>,
): void => {
  for (const [name, value] of pairs)
    if (context.get(name) !== value)
      throw mismatch(
        context.has(name)
          ? `${name} is ${JSON.stringify(context.get(name))}, not ${JSON.stringify(value)}`
          : `it has no ${name}`,
      )
  const missing = requiredNames.find((name) => !context.has(name))
  if (missing !== undefined) throw mismatch(`it has no ${missing}`)
}

const mismatch = (why: string): EnvelopeError =>
  new EnvelopeError('ContextMismatch', `The encryption context is another one: ${why}.`)
