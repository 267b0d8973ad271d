import type { Json } from '../client/json.ts'
import { CliError, exitCode, failure } from './io.ts'

/** Selects from an answer. */
export type Query = (value: Json) => Json

/** Compiles a JMESPath expression; a wrong one is refused before anything is called. */
export const compileQuery = async (expression: string): Promise<Query> => {
  const { default: jmespath } = await import('jmespath')
  try {
    jmespath.compile(expression)
  } catch (error) {
    throw new CliError(
      exitCode.usage,
      `Bad value for --query ${expression}: Invalid jmespath expression: ${textOf(error)}`,
    )
  }
  return (value) => {
    try {
      return (jmespath.search(value, expression) ?? null) as Json
    } catch (error) {
      throw failure(textOf(error))
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
