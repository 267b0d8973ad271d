import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Io } from './io.ts'
import { parameterError } from './io.ts'

/**
 * What a flag's value stands for: the text of a `file://` path, the bytes of a `fileb://` path, or
 * the value itself. `flag` names the flag in the error that is thrown when there is no such file.
 */
export const loadValue = async (
  value: string,
  flag: string,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<string | Uint8Array> => {
  if (value.startsWith('fileb://')) return readBytes(value, 8, flag, io)
  if (!value.startsWith('file://')) return value
  const bytes = await readBytes(value, 7, flag, io)
  try {
    // Line ends are normalised, as Python's text files do it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(bytes)
      .replace(/\r\n?/g, '\n')
  } catch {
    throw parameterError(
      flag,
      `Unable to load paramfile (${value.slice(7)}), text contents could not be decoded.  ` +
        'If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.',
    )
  }
}

const readBytes = async (
  value: string,
  prefix: number,
  flag: string,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Uint8Array> => {
  const path = expand(value.slice(prefix), io.env)
  try {
    return await readFile(resolve(io.cwd, path))
  } catch (error) {
    throw parameterError(flag, `Unable to load paramfile ${value}: ${reason(error, path)}`)
  }
}

/** `~` and `$NAME` or `${NAME}`, as a shell would; names that are not set stay as they are. */
export const expand = (path: string, env: Io['env']): string =>
  path
    .replace(/^~(?=\/|$)/, env['HOME'] ?? homedir())
    .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, bare: string | undefined, braced: string) => {
      return env[bare ?? braced] ?? whole
    })

const reason = (error: unknown, path: string): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return `[Errno 2] No such file or directory: '${path}'`
  if (code === 'EACCES') return `[Errno 13] Permission denied: '${path}'`
  if (code === 'EISDIR') return `[Errno 21] Is a directory: '${path}'`
  return `${String(code)}: '${path}'`
}
