/** Lengthens the audit log of a data directory that nobody serves, by its own code, to so many MiB. */
import { layout } from '../../packages/kms/src/server/data-directory.ts'
import { openAuditLog } from '../../packages/kms/src/server/sinks/audit-log.ts'

const [path = '', mebibytes = '0'] = process.argv.slice(2)
const line = JSON.stringify({
  eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
  eventSource: 'kms.amazonaws.com',
  eventName: 'Encrypt',
  filling: 'a'.repeat(1000),
})
const batch = 4096

const log = await openAuditLog(layout(path).audit)
for (let bytes = 0; bytes < Number(mebibytes) * 2 ** 20; bytes += batch * line.length)
  await Promise.all(Array.from({ length: batch }, () => log.append(line)))
await log.close()
