/**
 * The service's own HTTP reader, and nothing behind it: admits each request and answers it with as
 * many bytes as the service does. Started as a process; its argument is their number, and its first
 * line of output is its port.
 */
import { defaultHttpLimits } from '../../packages/kms/src/server/http/limits.ts'
import { createListener } from '../../packages/kms/src/server/http/listener.ts'

const answer = {
  status: 200,
  headers: [['Content-Type', 'application/x-amz-json-1.1']],
  body: Buffer.alloc(Number(process.argv[2]), 'a'),
} as const

const listener = await createListener({
  host: '127.0.0.1',
  port: 0,
  limits: defaultHttpLimits,
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  onRequest: () => answer,
  onGet: () => undefined,
  onRefused: () => undefined,
  newRequestId: () => '00000000-0000-4000-8000-000000000000',
})
process.stdout.write(`${listener.address.port}\n`)
process.on('SIGTERM', () => void listener.close(0))
