import { decryptRange } from '@keyhold/envelope'
import { dirname, resolve } from 'node:path'
import { CliError, exitCode, type Io } from '../io.ts'
import { decryptOptions, gathered, readInput } from './crypt.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { requireContext } from './context.ts'
import { explain } from './explain.ts'
import { findInputs } from './inputs.ts'
import { openManager } from './keyrings.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { cleaningUp } from './pending.ts'
import { writeJsonLine } from './json-line.ts'
import { findingOf, inputPaths } from './run-crypt.ts'
import { Services } from './service.ts'
import { readMessageSettings, valueOf } from './settings.ts'
import { fileSink, streamSink, syncFolders } from './sink.ts'
import { readKeyGroups } from './wrapping-keys.ts'

const command = 'decrypt'

/** `keyhold decrypt --range a-b FILE`: reads and decrypts only the frames that hold these bytes. */
export const runRange = async (args: FileArgs, io: Io): Promise<number> => {
  const { from, to } = parseRange(valueOf(args, '--range') ?? '')
  const settings = readMessageSettings(command, args)
  const groups = readKeyGroups(command, args)
  const { inputs, isOne } = await findInputs(inputPaths(command, args, io), findingOf(args, io))
  const [input] = inputs
  if (input === undefined || !isOne) throw fileUsage(command, '--range takes exactly one file.')
  const services = new Services(args, io)
  try {
    const manager = await openManager(command, groups, services, settings.caching, io)
    const isText = args.flags.has('--decode')
    const source =
      input.kind === 'file' && !isText
        ? input.path
        : await gathered(isText ? decodeBase64(readInput(input, io)) : readInput(input, io))
    const options = decryptOptions({ manager, settings })
    const range = await decryptRange(source, from, to, options)
    requireContext(range, settings)
    await cleaningUp(() => writeRange(range.plaintext, args, io))
    tell(range, args, io)
    return exitCode.done
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(exitCode.failure, `keyhold: ${input.shown}: ${explain(error).message}`)
  } finally {
    await services.close()
  }
}

/** `0-99`, both ends included, as in HTTP; `100-` reaches to the end. */
const parseRange = (text: string): { readonly from: number; readonly to: number } => {
  const [, first, last] = /^(\d{1,16})-(\d{1,16})?$/.exec(text) ?? []
  const from = Number(first)
  const to = last === undefined ? Number.MAX_SAFE_INTEGER : Number(last) + 1
  if (first !== undefined && to > from && Number.isSafeInteger(to) && Number.isSafeInteger(from))
    return { from, to }
  throw fileUsage(command, '--range is FIRST-LAST, both included, or FIRST-.')
}

const writeRange = async (plaintext: Uint8Array, args: FileArgs, io: Io): Promise<void> => {
  const output = valueOf(args, '--output') ?? '-'
  const path = resolve(io.cwd, output)
  const sink =
    output === '-'
      ? streamSink(io.stdout)
      : await fileSink(path, !args.flags.has('--no-overwrite'), undefined)
  try {
    const chunks = (async function* () {
      yield plaintext
    })()
    for await (const chunk of args.flags.has('--encode') ? encodeBase64(chunks) : chunks)
      await sink.write(chunk)
    await sink.commit()
  } catch (error) {
    await sink.abort()
    throw error
  }
  if (output !== '-') await syncFolders([dirname(path)])
}

type Told = Pick<
  Awaited<ReturnType<typeof decryptRange>>,
  'proven' | 'plaintextBytes' | 'isEndProven' | 'plaintext'
>

const tell = (range: Told, args: FileArgs, io: Io): void => {
  const { proven, plaintextBytes, isEndProven, plaintext } = range
  if (args.flags.has('--json')) {
    const event = { event: 'done', bytes: plaintext.length, proven, plaintextBytes, isEndProven }
    writeJsonLine(io.stderr, event)
  } else if (!args.flags.has('--quiet') && (args.flags.has('--verbose') || io.stderr.isTTY)) {
    const what =
      proven === 'message'
        ? 'the whole message is verified'
        : 'these bytes are verified, the rest of the message is not'
    io.stderr.write(`${plaintext.length} of ${plaintextBytes} bytes; ${what}\n`)
  }
}
