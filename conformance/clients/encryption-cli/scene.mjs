/** The AWS Encryption CLI and `keyhold`, each in a folder of its own with the same files. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { awsEnv, runProgram, setting } from '../setting.mjs'
import { describeFile, describeOutput } from './description.mjs'

export const region = 'me-central-1'

const theirName = 'aws-encryption-cli'

/** Both programs by their names in one folder, as they would be found in PATH. */
export const installPrograms = async () => {
  const bin = await mkdtemp(join(tmpdir(), 'bin-'))
  const programs = { [theirName]: [setting.encryptionCli], keyhold: setting.keyhold }
  for (const [name, command] of Object.entries(programs)) {
    const words = command.map((word) => `'${word}'`).join(' ')
    await writeFile(join(bin, name), `#!/bin/sh\nexec ${words} "$@"\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

/**
 * Makes two equal folders out of `files`, by their paths. `run` gives a shell script to both: in
 * ours the program's name is another one, and nothing else. `swap` has each go on in the folder of
 * the other one, with what that wrote.
 */
export const openScene = async (bin, files, variables) => {
  const root = await mkdtemp(join(tmpdir(), 'encryption-cli-'))
  let folders = { theirs: join(root, 'one'), ours: join(root, 'two') }
  for (const folder of Object.values(folders))
    for (const [path, content] of Object.entries(files)) await put(join(folder, path), content)
  const env = {
    ...awsEnv(region),
    ...variables,
    AWS_ENDPOINT_URL_KMS: setting.plain.endpoint,
    PATH: `${bin}:${process.env['PATH']}`,
    XDG_CACHE_HOME: join(process.env['HOME'], '.cache'),
  }
  const runOne = async (who, script) => {
    const text = who === 'theirs' ? script : script.replaceAll(theirName, 'keyhold')
    const cwd = folders[who]
    const answer = await runProgram('/bin/sh', ['-c', text], { cwd, env })
    return { ...answer, stdout: describeOutput(answer.stdout, cwd) }
  }
  return {
    run: async (script) => {
      const [theirs, ours] = await Promise.all([runOne('theirs', script), runOne('ours', script)])
      return { theirs, ours }
    },
    swap: () => {
      folders = { theirs: folders.ours, ours: folders.theirs }
    },
    look: async (who) => describeTree(folders[who], Object.values(folders)),
    close: () => rm(root, { recursive: true, force: true }),
  }
}

/** A path that ends with a slash is a directory. */
const put = async (path, content) => {
  if (path.endsWith('/')) return mkdir(path, { recursive: true })
  await mkdir(dirname(path), { recursive: true })
  return writeFile(path, content)
}

const describeTree = async (root, folders) => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const described = {}
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    described[path.slice(root.length + 1)] = entry.isFile()
      ? await describeFile(await readFile(path), folders)
      : 'a directory'
  }
  return described
}
