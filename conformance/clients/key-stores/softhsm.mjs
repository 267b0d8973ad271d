/** A token of SoftHSM2, and a file that names it to `keyhold serve --hsm-clusters`. */
import { randomBytes } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram, setting } from '../setting.mjs'

export const clusterId = 'cluster-234567abcde'
const label = 'keyhold'

const succeeds = async (program, args, env) => {
  const { code, stdout, stderr } = await runProgram(program, args, { env })
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stdout}${stderr}`)
}

/** Makes a token in a folder of its own, and the certificate that it is known by. */
export const makeToken = async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'keyhold-token-'))
  const tokens = join(scratch, 'tokens')
  await mkdir(tokens)
  const conf = join(scratch, 'softhsm2.conf')
  await writeFile(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  const env = { SOFTHSM2_CONF: conf }
  const pin = randomBytes(8).toString('hex')
  const pins = ['--so-pin', randomBytes(8).toString('hex'), '--pin', pin]
  await succeeds(setting.softhsm.util, ['--init-token', '--free', '--label', label, ...pins], env)
  const anchor = join(scratch, 'customerCA.crt')
  const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', join(scratch, 'customerCA.key'), '-out', anchor]
  await succeeds(setting.openssl, ['req', '-x509', ...pair, '-subj', '/CN=customer CA', ...files])
  const clusters = join(scratch, 'hsm.toml')
  const binding = createRequire(import.meta.url).resolve('koffi')
  await writeFile(
    clusters,
    `[${clusterId}]
module = ${JSON.stringify(setting.softhsm.module)}
token = "${label}"
trust-anchor = "customerCA.crt"
binding = ${JSON.stringify(binding)}
`,
  )
  return {
    pin,
    env,
    clusters,
    trustAnchor: await readFile(anchor, 'utf8'),
    /** How many objects the token has: SoftHSM2 keeps each in a file of its own. */
    objects: () => globSync('*/*.object', { cwd: tokens }).length,
    remove: () => rm(scratch, { recursive: true }),
  }
}
