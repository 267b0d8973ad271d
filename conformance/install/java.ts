import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DebianTools } from './debian.ts'
import { attempt, cache, oncePerVersion } from './steps.ts'

const sources = 'clients/encryption-sdk/java'
const pom = `${sources}/pom.xml`

/**
 * Fetches the AWS Encryption SDK for Java into Maven's own repository and compiles the program that
 * drives it. Resolves to the command that starts it.
 */
export const installJavaClient = async ({
  java,
  maven,
}: DebianTools): Promise<readonly string[]> => {
  const build = join(cache, 'java')
  const classPathFile = join(build, 'classpath')
  const files = [pom, `${sources}/src/**/*.java`]
  await oncePerVersion('java', files, classPathFile, async () => {
    await rm(build, { recursive: true, force: true })
    const options = [`-Dkeyhold.build=${build}`, `-Dmdep.outputFile=${classPathFile}`]
    // Strict checksums: what does not match its own is not used.
    const flags = ['--batch-mode', '--quiet', '--strict-checksums', '--file', pom]
    const goals = ['compile', 'dependency:build-classpath']
    await attempt('the AWS Encryption SDK for Java', maven, [...flags, ...options, ...goals])
  })
  const classPath = await readFile(classPathFile, 'utf8')
  return [java, '-cp', `${join(build, 'classes')}:${classPath.trim()}`, 'peer.Peer']
}
