import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** What run.ts tells the tests: the two services, and where the programs lie. */
export const setting = JSON.parse(process.env['KEYHOLD_CONFORMANCE'] ?? '{}')
delete process.env['KEYHOLD_CONFORMANCE']

if (setting.plain === undefined) throw new Error('these tests are started by conformance/run.ts')

export const credentials = {
  accessKeyId: setting.plain.accessKeyId,
  secretAccessKey: setting.plain.secretAccessKey,
}

export const account = '000000000000'
export const unknownKeyId = '11111111-2222-4333-8444-555555555555'
export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Runs a program to its end; resolves to what it wrote, as text, and to its exit code. */
export const runProgram = async (program, args, { env = {}, input, cwd } = {}) => {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}

export const awsEnv = (region, service = setting.plain) => ({
  AWS_ACCESS_KEY_ID: service.accessKeyId,
  AWS_SECRET_ACCESS_KEY: service.secretAccessKey,
  AWS_DEFAULT_REGION: region,
})
