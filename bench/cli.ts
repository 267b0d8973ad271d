/** How long does one whole command take, beside the `aws` command? */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packedLauncher } from './built-command.ts'
import { Scope } from './children.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'
import type { ServicePlace } from './signed-request.ts'
import { spreadOf, spreadText, tableText } from './statistics.ts'

const root = join(import.meta.dirname, '..')
const awsPath = '/usr/bin/aws'
const runFile = promisify(execFile)

type Command = { readonly name: string; readonly file: string; readonly args: readonly string[] }

export const question: Question = {
  title: 'cli: the whole command `kms encrypt`, keyhold from its packed tarball beside aws',
  async answer({ quick, rounds = quick ? 2 : 10 }) {
    await using scope = new Scope()
    const launcher = await packedLauncher(scope)
    const { place } = await startKeyhold(scope, root, { cpu: 0 })
    const kms = kmsArguments(place)
    const commands: Command[] = [
      { name: 'keyhold', file: process.execPath, args: [launcher, ...kms] },
    ]
    const aws = awsVersion()
    if (aws !== undefined) commands.push({ name: aws, file: awsPath, args: kms })
    const wallMs = await measure(commands, place, rounds)
    const keyhold = wallMs.get('keyhold')!
    const figures = [...wallMs].map(([name, times]) => ({
      command: name,
      runs: times.length,
      wallMs: spreadOf(times),
      ratioToKeyhold: spreadOf(times.map((time, round) => time / keyhold[round]!)),
    }))
    const rows = figures.map(({ command, runs, wallMs: wall, ratioToKeyhold }) => [
      command,
      String(runs),
      spreadText(wall),
      command === 'keyhold' ? '' : spreadText(ratioToKeyhold, 1),
    ])
    const missing = aws === undefined ? `  ${awsPath} is missing: nothing to compare with\n` : ''
    return {
      text: tableText([['command', 'runs', 'wall ms', '/ keyhold'], ...rows]) + missing,
      figures,
    }
  },
}

/** `undefined`: this machine has no second version of it. */
const awsVersion = (): string | undefined => {
  if (!existsSync(awsPath)) return undefined
  const text = execFileSync(awsPath, ['--version'], { encoding: 'utf8' })
  return /^aws-cli\/2\.\S+/.exec(text)?.[0]
}

const kmsArguments = ({ host, port, region, keyId }: ServicePlace): readonly string[] => {
  const input = `--key-id ${keyId} --plaintext aGVsbG8= --encryption-context purpose=bench`
  const output = '--output text --query CiphertextBlob'
  const place = `--endpoint-url http://${host}:${port} --region ${region}`
  return `kms encrypt ${input} ${output} ${place}`.split(' ')
}

/** In turn, the first round uncounted: it fills the caches of the disk and of compiled code. */
const measure = async (
  commands: readonly Command[],
  place: ServicePlace,
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    AWS_ACCESS_KEY_ID: place.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.secretAccessKey,
  }
  const wallMs = new Map<string, number[]>(commands.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1)
    for (const { name, file, args } of commands) {
      const startMs = performance.now()
      const { stdout } = await runFile(file, [...args], { env })
      const tookMs = performance.now() - startMs
      // A command that fails fast would look good: only a ciphertext counts.
      if (!/^[A-Za-z0-9+/]{100,}=*\n$/.test(stdout)) throw new Error(`${name} said ${stdout}`)
      if (round > 0) wallMs.get(name)!.push(tookMs)
    }
  return wallMs
}
