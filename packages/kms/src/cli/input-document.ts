import { CliError, exitCode, parameterError, type Io } from './io.ts'
import { isParamMap, typeName, type Param } from './param.ts'
import { loadValue } from './paramfile.ts'
import { fromJson } from './values.ts'

/**
 * Adds what `--cli-input-json` or `--cli-input-yaml` holds to the parameters. Flags win over the
 * document; giving both documents is refused.
 */
export const mergeDocument = async (
  params: Map<string, Param>,
  values: ReadonlyMap<string, readonly string[]>,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<void> => {
  const json = values.get('--cli-input-json')?.[0]
  const yaml = values.get('--cli-input-yaml')?.[0]
  if (json !== undefined && yaml !== undefined) {
    throw new CliError(exitCode.usage, 'Only one --cli-input- parameter may be specified.')
  }
  const flag = json === undefined ? '--cli-input-yaml' : '--cli-input-json'
  const loaded = await loadValue(json ?? yaml ?? '', flag, io)
  const text = typeof loaded === 'string' ? loaded : new TextDecoder().decode(loaded)
  const document = json === undefined ? await parseYaml(text) : parseJson(text)
  if (!isParamMap(document)) {
    throw parameterError(flag, `Invalid type: expecting map, received ${typeName(document)}`)
  }
  for (const [name, value] of Object.entries(document)) {
    if (!params.has(name)) params.set(name, value)
  }
}

const parseJson = (text: string): Param => {
  try {
    return fromJson(JSON.parse(text))
  } catch {
    throw parameterError('cli-input-json', 'Invalid JSON received.')
  }
}

const parseYaml = async (text: string): Promise<Param> => {
  const { parse } = await import('yaml')
  try {
    // YAML 1.2 alone has not the type !!binary, in which the skeleton shows blobs.
    return fromJson(parse(text, { customTags: ['binary', 'merge'] }))
  } catch {
    throw parameterError('cli-input-yaml', 'Invalid YAML received.')
  }
}
