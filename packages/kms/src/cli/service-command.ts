import { createClient } from '../client/client.ts'
import type { JsonObject } from '../client/json.ts'
import { parseArgv, type Option, type Parsed } from './argv.ts'
import { commandNames, findCommand, optionsOf, type Command } from './flags.ts'
import { parseGlobals, type Globals } from './globals.ts'
import { exitCode, type CliError, unknownOptions, usageError, type Io } from './io.ts'
import { invalidChoice } from './names.ts'
import { printAnswer, type Printing } from './output/print.ts'
import { readableAnswer } from './output/time.ts'
import { paginate, type Pages } from './paginate.ts'
import { pageWishes, pagesAtAll } from './paging-flags.ts'
import { buildInput, readFlags } from './request.ts'
import type { CliService } from './services/service.ts'
import { explained } from './service-failure.ts'
import { openProfile, readPreferences, resolveTarget, type Target } from './target.ts'

/** `keyhold kms …` and its like: calls an operation, or teaches how. Resolves to the exit code. */
export const runService = async (
  service: CliService,
  args: readonly string[],
  io: Io,
): Promise<number> => {
  const { globals, rest } = parseGlobals(args)
  const [name, ...own] = splitOperation(rest)
  if (globals.version) return printVersion(io)
  if (name === 'help' || (name === undefined && asksHelp(rest))) {
    io.stdout.write((await import('./help.ts')).operationsHelp(service))
    return exitCode.done
  }
  if (name === undefined) throw usageError('the following arguments are required: operation')
  const command = findCommand(service, name)
  if (command === undefined) throw noSuchOperation(service, name)
  if (asksHelp(own)) {
    io.stdout.write((await import('./help.ts')).commandHelp(command))
    return exitCode.done
  }
  return runCommand(command, own, globals, io)
}

const printVersion = async (io: Io): Promise<number> => {
  io.stdout.write((await import('./version.ts')).versionLine())
  return exitCode.done
}

/** The operation is the first word that is no flag; what stands before it belongs to it too. */
const splitOperation = (rest: readonly string[]): [string | undefined, ...string[]] => {
  const at = rest.findIndex((arg) => !arg.startsWith('-'))
  return at < 0 ? [undefined, ...rest] : [rest[at], ...rest.slice(0, at), ...rest.slice(at + 1)]
}

const asksHelp = (args: readonly string[]): boolean =>
  args.includes('--help') || args.includes('-h') || (args.length === 1 && args[0] === 'help')

const noSuchOperation = (service: CliService, name: string): CliError =>
  usageError(`argument operation: ${invalidChoice(name, [...commandNames(service), 'help'])}`)

const skeletonOption: Option = { name: '--generate-cli-skeleton', values: 'optional' }

const runCommand = async (
  command: Command,
  args: readonly string[],
  globals: Globals,
  io: Io,
): Promise<number> => {
  const parsed = parseArgv(args, [...optionsOf(command), skeletonOption])
  const skeleton = parsed.values.get(skeletonOption.name)
  const optional = skeleton !== undefined || hasDocument(parsed)
  requireFlags(command, parsed, optional && skeleton?.[0] !== 'output')
  if (parsed.rest.length > 0) throw unknownOptions(parsed.rest)
  if (skeleton !== undefined && skeleton[0] !== 'output') {
    io.stdout.write(await blankInput(command, skeleton))
    return exitCode.done
  }
  const query =
    globals.query === undefined
      ? undefined
      : await (await import('./query.ts')).compileQuery(globals.query)
  const profile = await openProfile(globals, io.env, command.service.configName)
  const preferences = readPreferences(globals, profile, io.env)
  const wishes = pageWishes(command, parsed, globals)
  const params = await readFlags(command.flags, parsed.values, io)
  if (hasDocument(parsed)) {
    await (await import('./input-document.ts')).mergeDocument(params, parsed.values, io)
  }
  const input = buildInput(command.row.input, params, preferences.binaryFormat)
  const printing: Printing = {
    format: preferences.output,
    query,
    color: globals.color,
    title: command.operation,
  }
  if (skeleton !== undefined) {
    const { outputSkeleton } = await import('./skeleton.ts')
    await printAnswer(outputSkeleton(command.row.output), printing, io)
    return exitCode.done
  }
  const target = await resolveTarget(command, globals, profile, io)
  await withClient(command, target, globals, io, async (send) => {
    const call: Call = async (request) =>
      readableAnswer(command.row.output, await send(request), preferences.timestampFormat)
    const pages = pagesAtAll(command, input, globals) ? command.paging : undefined
    const answer: JsonObject | Pages =
      pages === undefined ? await call(input) : paginate(call, input, pages, wishes)
    await printAnswer(answer, printing, io)
  })
  return exitCode.done
}

const hasDocument = (parsed: Parsed): boolean =>
  parsed.values.has('--cli-input-json') || parsed.values.has('--cli-input-yaml')

const requireFlags = (command: Command, parsed: Parsed, optional: boolean): void => {
  if (optional) return
  const missing = command.flags.filter(
    (flag) => flag.presence === 'required' && !parsed.values.has(flag.name),
  )
  if (missing.length === 0) return
  const names = missing.map((flag) => flag.name).join(', ')
  throw usageError(`the following arguments are required: ${names}`)
}

const blankInput = async (command: Command, values: readonly string[]): Promise<string> => {
  const { inputSkeleton, yamlSkeleton } = await import('./skeleton.ts')
  const [kind = 'input'] = values
  if (kind === 'input') return inputSkeleton(command.row.input)
  if (kind === 'yaml-input') return yamlSkeleton(command.row.input)
  const known = ['input', 'output', 'yaml-input']
  throw usageError(`argument ${skeletonOption.name}: ${invalidChoice(kind, known)}`)
}

type Call = (input: JsonObject) => Promise<JsonObject>

const withClient = async (
  command: Command,
  target: Target,
  globals: Globals,
  io: Io,
  use: (send: Call) => Promise<void>,
): Promise<void> => {
  const debug = globals.debug ? (await import('./debug.ts')).debugLog(io.stderr) : undefined
  const { input: inputMembers, output: outputMembers } = command.row
  const client = createClient({
    ...target,
    service: command.service.service,
    verifyTls: globals.verifyTls,
    readTimeoutMs: globals.readTimeoutMs,
    connectTimeoutMs: globals.connectTimeoutMs,
    userAgent: 'keyhold-cli',
    world: io.world,
    trace: debug === undefined ? undefined : (event) => debug.trace(event),
  })
  try {
    await use(async (input) => {
      debug?.body('input', inputMembers, input)
      const answer = await client.call(command.operation, input)
      debug?.body('output', outputMembers, answer)
      return answer
    })
  } catch (error) {
    throw explained(error, command.operation)
  } finally {
    client.close()
  }
}
