import { serial } from '../../core/state/serial.ts'
import type { Random } from '../../core/ports.ts'
import { hardenProcess } from '../harden.ts'
import { keepHeapSmall } from '../heap.ts'
import type { Log } from '../log.ts'
import { systemRandom } from '../system.ts'
import { Channel } from './channel.ts'
import { takeKeys } from './handed-keys.ts'
import type { LogLine, OfParent, OfWorker, Parent } from './messages.ts'
import { openWorker, type WorkerHost, type WorkerService } from './worker-service.ts'

/**
 * What a worker process does from its first moment to its last: as the parent says. It ends when the
 * parent does, in whatever way.
 */
export const runWorker = (host: WorkerHost): void => {
  hardenProcess()
  keepHeapSmall()
  // A terminal or a service manager signals all processes; when this one ends, the parent decides.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined)
  const random: Random = systemRandom()
  const hierarchy = takeKeys(random)
  let service: WorkerService | undefined
  const inOrder = serial()
  /** One after the other: a worker listens only when all that it was told before is done. */
  const ordered =
    <A, T>(work: (service: WorkerService, asked: A) => T | Promise<T>) =>
    (asked: A): Promise<T> =>
      inOrder(async () => {
        if (service === undefined) throw new TypeError('the worker was told too early')
        return work(service, asked)
      })
  const atOnce = (): WorkerService => {
    if (service === undefined) throw new TypeError('the worker was asked too early')
    return service
  }
  const parent: Parent = new Channel<OfParent, OfWorker>(process, {
    open: (settings) =>
      inOrder(async () => {
        service = await openWorker({
          settings,
          hierarchy,
          random,
          parent,
          log: logTo(parent),
          host,
        })
      }),
    listen: ordered((opened) => opened.listen()),
    changed: ordered((opened, change) => opened.changed(change)),
    unsure: ordered((opened, failed) => opened.unsure(failed)),
    takeUses: () => atOnce().takeUses(),
    readiness: () => atOnce().readiness(),
    drain: ({ graceMs }) => atOnce().drain(graceMs),
  })
}

const logTo = (parent: Parent): Log => {
  const at =
    (level: LogLine['level']): Log['info'] =>
    (event, fields) =>
      void parent.ask('log', { level, event, fields }).catch(() => undefined)
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
