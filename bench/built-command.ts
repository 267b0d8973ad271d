import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scope } from './children.ts'

const root = join(import.meta.dirname, '..')

/**
 * The launcher of the command as users have it: both packages built, packed and unpacked apart from
 * the checkout, whose own build is left as it is. Everything lies there until the scope ends.
 */
export const packedLauncher = async (scope: Scope): Promise<string> => {
  const scratch = await scope.directory()
  const modules = join(scratch, 'node_modules')
  await mkdir(join(modules, '@keyhold'), { recursive: true })
  // The packed command finds its other dependencies where the repository has them.
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@keyhold' && name !== 'keyhold' && !name.startsWith('.'))
      await symlink(join(root, 'node_modules', name), join(modules, name))
  await unpacked('envelope', scratch, join(modules, '@keyhold/envelope'))
  const command = join(modules, 'keyhold')
  await unpacked('kms', scratch, command)
  return join(command, 'bin/keyhold.js')
}

const unpacked = async (name: string, scratch: string, target: string): Promise<void> => {
  const source = join(root, 'packages', name)
  const stage = join(scratch, `stage-${name}`)
  for (const part of ['package.json', 'bin'])
    if ((await readdir(source)).includes(part))
      await cp(join(source, part), join(stage, part), { recursive: true })
  const tsc = join(root, 'node_modules/.bin/tsc')
  const build = ['-p', join(source, 'tsconfig.build.json'), '--outDir', join(stage, 'dist')]
  execFileSync(tsc, build, { stdio: 'inherit' })
  execFileSync('npm', ['pack', '--silent', '--pack-destination', stage], {
    cwd: stage,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const tarball = (await readdir(stage)).find((file) => file.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm packed nothing')
  await mkdir(target, { recursive: true })
  const unpack = ['-xzf', join(stage, tarball), '-C', target, '--strip-components', '1']
  execFileSync('tar', unpack)
}
