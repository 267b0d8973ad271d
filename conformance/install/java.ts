import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DebianTools } from './debian.ts'
import { attempt, cache, oncePerVersion } from './steps.ts'

const sources = 'clients/encryption-sdk/java'

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
  const files = [`${sources}/pom.xml`, `${sources}/src/**/*.java`]
  await oncePerVersion('java', files, classPathFile, async () => {
    await rm(build, { recursive: true, force: true })
    await attempt('the AWS Encryption SDK for Java', maven, [
      // Strict checksums: what does not match its own is not used.
      ...['--batch-mode', '--quiet', '--strict-checksums'],
      ...['--file', `${sources}/pom.xml`, `-Dkeyhold.build=${build}`],
      ...['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classPathFile}`],
    ])
  })
  const classPath = await readFile(classPathFile, 'utf8')
  return [java, '-cp', `${join(build, 'classes')}:${classPath.trim()}`, 'peer.Peer']
}
