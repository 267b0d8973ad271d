/** How fast is work with key pairs, beside OpenSSL; and does it hold up requests of other kinds? */
import { join } from 'node:path'
import { latencyText, measureLatency } from './asymmetric/latency.ts'
import { opensslVersion } from './asymmetric/openssl-speed.ts'
import { measureRates, ratesText } from './asymmetric/rates.ts'
import { Scope } from './children.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'

const root = join(import.meta.dirname, '..')

export const question: Question = {
  title: 'asymmetric: work with key pairs, beside openssl speed and node:crypto in one thread',
  pinning: 'nothing is pinned: the pool of the service takes what CPUs it finds',
  async answer(options) {
    await using scope = new Scope()
    const openssl = opensslVersion()
    const service = await startKeyhold(scope, root, {})
    const latency = await measureLatency(scope, service, options)
    const rates = await measureRates(scope, service, options)
    const named =
      openssl === undefined ? 'openssl is missing: install it for its rates' : `beside ${openssl}`
    return {
      text: `  ${named}\n${ratesText(rates)}${latencyText(latency)}`,
      figures: { openssl, rates, latency },
    }
  },
}
