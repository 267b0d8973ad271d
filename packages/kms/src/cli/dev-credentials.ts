import { type JsonValue, parseJson } from '../api/json.ts'
import type { NewCredential } from '../server/bootstrap.ts'
import { faultOfForm } from '../server/dev-credential.ts'
import { readPrivateFile } from '../server/private-file.ts'
import { printedVariables } from './env.ts'
import { UsageError } from './settings/load.ts'

/** Far more than either form needs. */
const fileBytesMax = 4096

const what = 'the development credentials file'

/**
 * Reads the fixed root credential of a test suite, which nobody but the owner of the file may read:
 * a `[default]` profile as in AWS's credentials file, or what `keyhold env --format json` prints.
 * Throws UsageError if it holds anything else, and never repeats what it holds.
 */
export const readDevCredential = async (path: string): Promise<NewCredential> => {
  const bytes = await readPrivateFile(path, what, fileBytesMax + 1)
  if (bytes === undefined) throw new Error(`${what} ${path} does not exist`)
  try {
    return requireForm(bytes.length > fileBytesMax ? refuse('is too long') : parse(bytes))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new UsageError(`${what} ${path} ${error.message}`, { cause: error })
  } finally {
    bytes.fill(0)
  }
}

class Refusal extends Error {}

const refuse = (why: string): never => {
  throw new Refusal(why)
}

/** Settings of either form by their names. */
type Found = ReadonlyMap<string, string>

const parse = (bytes: Uint8Array): NewCredential => {
  const text = new TextDecoder().decode(bytes)
  return text.trimStart().startsWith('{') ? parsePrinted(bytes) : parseProfile(text)
}

/** The one profile `default` with the two settings, and comments. */
const parseProfile = (text: string): NewCredential => {
  const found = new Map<string, string>()
  let isInProfile = false
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const where = `line ${at + 1}`
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    if (/^\[default\]\s*$/.test(line)) {
      if (isInProfile) refuse(`has a second [default] in ${where}`)
      isInProfile = true
      continue
    }
    const [, name, value] = /^([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? []
    if (!isInProfile || name === undefined || value === undefined || !profileNames.has(name))
      return refuse(
        `may hold the profile [default] with aws_access_key_id and aws_secret_access_key, and ` +
          `nothing else; ${where} is something else`,
      )
    if (found.has(name)) refuse(`has ${name} twice`)
    found.set(name, value)
  }
  return credentialOf(found, 'aws_access_key_id', 'aws_secret_access_key')
}

const profileNames: ReadonlySet<string> = new Set(['aws_access_key_id', 'aws_secret_access_key'])

/** What `keyhold env --format json` prints; the two that matter are enough. */
const parsePrinted = (bytes: Uint8Array): NewCredential => {
  const json = jsonOf(bytes)
  if (!(json instanceof Map)) return refuse('is not a JSON object')
  const found = new Map<string, string>()
  for (const [name, value] of json as ReadonlyMap<string, JsonValue>) {
    if (!printedVariables.some((each) => each === name) || typeof value !== 'string')
      return refuse(
        'may hold the texts that keyhold env --format json prints, and nothing else, such as ' +
          'temporary credentials',
      )
    found.set(name, value)
  }
  return credentialOf(found, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
}

const jsonOf = (bytes: Uint8Array): JsonValue => {
  try {
    return parseJson(bytes)
  } catch {
    return refuse('is not valid JSON')
  }
}

const credentialOf = (found: Found, idName: string, secretName: string): NewCredential => ({
  accessKeyId: found.get(idName) ?? refuse(`has no ${idName}`),
  secretAccessKey: found.get(secretName) ?? refuse(`has no ${secretName}`),
})

const requireForm = (credential: NewCredential): NewCredential => {
  const fault = faultOfForm(credential)
  return fault === undefined ? credential : refuse(`has ${fault}`)
}
