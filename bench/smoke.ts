/** Has the hot path become much slower? A ratio measured in one run, by CPU time, never a time. */
import { join } from 'node:path'
import { firstLine, Scope } from './children.ts'
import { cpuMicrosOf } from './cpu-time.ts'
import { Generator } from './generator.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'
import { spreadOf, spreadText } from './statistics.ts'

/**
 * What an answer of `node:http` costs, of what an Encrypt costs: 0.31 to 0.37 when this was set, with
 * other programs at work as well. Raise it as the hot path gets faster.
 */
const ratioLeast = 0.16
const root = join(import.meta.dirname, '..')
const connections = 64
const warmUpMs = 2000
const rounds = 5
const roundMs = 600

type Contestant = { readonly pid: number; readonly port: number }

export const question: Question = {
  title: 'smoke: Encrypt beside a node:http echo, by the CPU time of an answer',
  async answer() {
    await using scope = new Scope()
    const generator = new Generator(scope, 1)
    const { child, place } = await startKeyhold(scope, root, { cpu: 0 })
    const order = { supply: 'Encrypt', place, operation: 'Encrypt' }
    const { answerBodyBytes } = await generator.prepare(order)
    const script = join(import.meta.dirname, 'echo-server.ts')
    const lengths = JSON.stringify({ Encrypt: answerBodyBytes })
    const echoChild = scope.child([script, lengths], { cpu: 0 })
    const echo = { pid: echoChild.pid!, port: await firstLine(echoChild, Number) }
    const keyhold = { pid: child.pid!, port: place.port }
    for (const { port } of [keyhold, echo])
      await generator.load({ supply: 'Encrypt', port, connections, durationMs: warmUpMs })
    const ratios: number[] = []
    while (ratios.length < rounds)
      ratios.push((await microsEach(generator, echo)) / (await microsEach(generator, keyhold)))
    const ratio = spreadOf(ratios)
    const text = `  echo / Encrypt by CPU time: ${spreadText(ratio, 2)}, to reach ${ratioLeast}\n`
    return {
      text,
      figures: { ratio, ratioLeast },
      failure: ratio.median < ratioLeast ? 'Encrypt costs too much' : undefined,
    }
  },
}

const microsEach = async (generator: Generator, { pid, port }: Contestant): Promise<number> => {
  const before = await cpuMicrosOf(pid)
  const load = { supply: 'Encrypt', port, connections, durationMs: roundMs }
  const { perSecond } = await generator.load(load)
  return ((await cpuMicrosOf(pid)) - before) / ((perSecond * roundMs) / 1000)
}
