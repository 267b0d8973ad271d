import type { TestContext } from 'node:test'
import { startTestService, type TestService } from './harness.ts'

/** How long the service waits at most before it looks for what has fallen due. */
const lookMs = 60_000

/**
 * A service whose look at what is due waits for `tick`, which resolves when its log has this event
 * once more.
 */
export const startTicking = async (
  t: TestContext,
  awaited: string,
): Promise<{ service: TestService; tick: () => Promise<void> }> => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const service = await startTestService()
  t.after(() => service[Symbol.asyncDispose]())
  const seen = () => service.log.lines.filter(({ event }) => event === awaited).length
  const tick = async (): Promise<void> => {
    const before = seen()
    t.mock.timers.tick(lookMs)
    while (seen() === before) await new Promise(setImmediate)
  }
  return { service, tick }
}

/** Resolves once the service's log has the event. */
export const said = async ({ log }: TestService, event: string): Promise<void> => {
  while (!log.lines.some((line) => line.event === event)) await new Promise(setImmediate)
}
