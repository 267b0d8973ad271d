/** Does the work of one case again and again in one thread; prints how often in a second of CPU. */
import { cases } from './cases.ts'

const [index = '', durationMs = ''] = process.argv.slice(2)
const work = cases[Number(index)]?.alone()
if (work === undefined) throw new Error(`there is no case ${index}`)

for (let time = 0; time < 20; time += 1) work()
const endMs = performance.now() + Number(durationMs)
const before = process.cpuUsage()
let count = 0
while (performance.now() < endMs) {
  work()
  count += 1
}
const { user, system } = process.cpuUsage(before)
process.stdout.write(`${(count / (user + system)) * 1e6}\n`)
