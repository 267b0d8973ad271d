/** How many small messages a second, with and without a cache of data keys, by keyring? */
import { join } from 'node:path'
import { Scope } from '../children.ts'
import { startKeyhold } from '../keyhold-service.ts'
import { spreadText, tableText } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { figuresOf, interleaved, speedRatio } from './rounds.ts'
import { clientNodeContestant, keyholdContestant, kib, type Setting } from './setting.ts'
import { kept, takenOf } from './stream-tables.ts'
import { type Course, operations, signings } from './streams.ts'
import type { Keys } from './work.ts'

/** Not the CPU of those that call it. */
const serviceCpu = 1
const root = join(import.meta.dirname, '../..')

type CachedCourse = Course & { readonly keys: Keys['kind']; readonly isCached: boolean }
type Case = Pick<CachedCourse, 'operation' | 'signing' | 'isCached'> & { readonly keys: Keys }

/** The SDK of this repository with the client of AWS's SDK, as client-node has it. */
const withAwsClient = 'keyhold, AWS SDK client'

export const measureCaching = async (
  setting: Setting,
): Promise<{ readonly text: string; readonly figures: object }> => {
  await using scope = new Scope()
  const { place, keyArn } = await startKeyhold(scope, root, { cpu: serviceCpu })
  const { host, port, region, accessKeyId, secretAccessKey } = place
  const endpoint = `http://${host}:${port}`
  const access = { region, accessKeyId, secretAccessKey, keyArn }
  const service: Keys = { kind: 'kms', client: 'keyhold', endpoint, ...access }
  const courses: CachedCourse[] = []
  for (const keys of [{ kind: 'raw' } as const, service])
    for (const isCached of [false, true])
      for (const signing of signings)
        for (const operation of operations)
          courses.push(await measureCase(setting, { operation, signing, isCached, keys }))
  return { text: textOf(courses), figures: kept(courses) }
}

const measureCase = async (setting: Setting, each: Case): Promise<CachedCourse> => {
  const { operation, signing, isCached, keys } = each
  await using scope = new Scope()
  const cache = isCached ? 'cache' : 'no cache'
  const tell = (text: string): void =>
    setting.tell(`1 KiB, ${keys.kind} keyring, ${cache}, ${signing} ${operation}: ${text}`)
  const taken = await interleaved(await contestantsOf(scope, setting, each), setting.rounds, tell)
  return { operation, signing, isCached, keys: keys.kind, taken }
}

const contestantsOf = async (
  scope: Scope,
  setting: Setting,
  { operation, signing, isCached, keys }: Case,
): Promise<readonly Contestant[]> => {
  const shape = { kind: 'messages', plaintextBytes: kib, durationMs: 200 } as const
  const asked = { operation, signing, shape, isCached, keys }
  const contestants = [
    keyholdContestant(scope, 'one', asked).then((one) => [one]),
    clientNodeContestant(scope, setting, 'one', asked),
  ]
  if (keys.kind === 'kms' && 'version' in setting.peers.clientNode) {
    const withAws = { ...asked, keys: { ...keys, client: 'aws-sdk' } as const }
    contestants.push(keyholdContestant(scope, 'one', withAws, withAwsClient).then((one) => [one]))
  }
  return (await Promise.all(contestants)).flat()
}

const textOf = (courses: readonly CachedCourse[]): string => {
  const head = ['keyring, cache, suite', 'operation', 'contestant', 'keyhold / it']
  head.push('messages/s', 'CPU us each')
  const rows = courses.flatMap((course) =>
    course.taken.map((one) => {
      const { messagesPerSecond, cpuMicrosPerMessage } = figuresOf(one)
      const keyhold = takenOf(course, 'keyhold', 'one')!
      return [
        `${course.keys}, ${course.isCached ? 'cache' : 'none'}, ${course.signing}`,
        course.operation,
        one.name,
        one === keyhold ? '' : spreadText(speedRatio(keyhold, one), 2),
        spreadText(messagesPerSecond),
        spreadText(cpuMicrosPerMessage),
      ]
    }),
  )
  return (
    '\nmessages of 1 KiB, one after the other, one core; the service of the KMS keyring on another\n' +
    tableText([head, ...rows])
  )
}
