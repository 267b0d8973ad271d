/** The two command lines, run in the same environment, so that their answers can be compared. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram, setting } from './setting.mjs'

const versions = { kms: '2014-11-01', iam: '2010-05-08', sts: '2011-06-15' }

/**
 * The AWS CLI that Debian ships is older than the API; it takes a newer description of it from
 * AWS_DATA_PATH, as the one that came with boto3.
 */
const writeModels = async (folder) => {
  for (const [service, version] of Object.entries(versions)) {
    const place = join(folder, 'models', service, version)
    await mkdir(place, { recursive: true })
    const script =
      'import botocore.loaders, json, sys; ' +
      'sys.stdout.buffer.write(json.dumps(' +
      `botocore.loaders.Loader().load_service_model("${service}", "service-2")).encode())`
    const { stdout, stderr, code } = await runProgram(setting.python, ['-B', '-c', script])
    if (code !== 0) throw new Error(`the model of the API cannot be read: ${stderr}`)
    await writeFile(join(place, 'service-2.json'), stdout)
  }
  return join(folder, 'models')
}

/** Makes a folder to work in and the environment of both programs. */
export const openBench = async (region) => {
  const folder = await mkdtemp(join(tmpdir(), 'cli-'))
  const env = {
    AWS_ACCESS_KEY_ID: setting.plain.accessKeyId,
    AWS_SECRET_ACCESS_KEY: setting.plain.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_DATA_PATH: await writeModels(folder),
  }
  return { folder, env, region }
}

const endpointOptions = (args, endpoint) =>
  args.includes('--endpoint-url') ? [] : ['--endpoint-url', endpoint]

/** `aws kms …`. A variable that is `undefined` is taken out of the environment. */
export const aws = (
  bench,
  args,
  { env = {}, input, endpoint = setting.plain.endpoint, service = 'kms' } = {},
) =>
  runProgram(setting.aws, [service, ...args, ...endpointOptions(args, endpoint)], {
    cwd: bench.folder,
    env: { ...bench.env, ...env },
    input,
  })

/** `keyhold kms …`, with the same arguments. */
export const keyhold = (
  bench,
  args,
  { env = {}, input, endpoint = setting.plain.endpoint, service = 'kms' } = {},
) => {
  const [program, ...first] = setting.keyhold
  return runProgram(program, [...first, service, ...args, ...endpointOptions(args, endpoint)], {
    cwd: bench.folder,
    env: { ...bench.env, ...env },
    input,
  })
}

/** Replaces what differs from run to run by what it is. */
export const normalise = (text) =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/(?<![0-9A-Za-z+/])[0-9a-f]{64}(?![0-9A-Za-z+/])/g, '<material>')
    .replaceAll(/(?<![\w-])AQ[\w-]{120,}(?![\w-])/g, '<token>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3,6})?(?:\+00:00|Z)/g, '<time>')
    .replaceAll(
      /(?<![0-9A-Za-z+/=])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[0-9])[A-Za-z0-9+/]{40,}={0,2}/g,
      (blob) => `<${blob.length} characters>`,
    )
