import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadSettings, settingsHelp, UsageError } from '../../src/cli/settings/load.ts'
import { environmentName, settings } from '../../src/cli/settings/table.ts'
import { temporaryDirectory } from './temporary.ts'

const scratch = temporaryDirectory()
let files = 0
const config = (text: string): string => {
  const path = join(scratch, `${(files += 1)}.toml`)
  writeFileSync(path, text)
  return path
}

const refuses = (promise: Promise<unknown>, says: RegExp): Promise<void> =>
  assert.rejects(promise, (error: unknown) => {
    assert(error instanceof UsageError)
    assert.match(error.message, says)
    return true
  })

describe('settings', () => {
  test('come from a flag, else the environment, else the file', async () => {
    const file = config('port = 1\nhost = "::1"\ndata-dir = "/a"\n')
    const env = { KEYHOLD_PORT: '2', KEYHOLD_HOST: 'localhost', KEYHOLD_CONFIG: file, HOME: '/h' }
    assert.deepEqual(await loadSettings(['--port', '3'], env), {
      port: 3,
      host: 'localhost',
      dataDir: '/a',
    })
  })

  test('stand in all three places under names that follow from the flag', () => {
    assert.equal(environmentName(settings.tlsSelfSigned.flag), 'KEYHOLD_TLS_SELF_SIGNED')
    for (const { flag, doc } of Object.values(settings)) {
      assert.match(flag, /^[a-z]+(-[a-z]+)*$/)
      assert.match(settingsHelp(), new RegExp(`--${flag}\\b`))
      assert(doc.length > 10)
    }
  })

  test('take their value after a space or an equals sign', async () => {
    assert.deepEqual(
      await loadSettings(['--port=0', '--tls-self-signed', '--account', '123456789012'], {}),
      {
        port: 0,
        tlsSelfSigned: true,
        account: '123456789012',
      },
    )
  })

  test('hold where proxies are by the host names of their URLs', async () => {
    const text = 'Proxy.Example=127.0.0.1:8443, other=[::1]:1'
    const xksConnectTo = new Map([
      ['proxy.example', { host: '127.0.0.1', port: 8443 }],
      ['other', { host: '::1', port: 1 }],
    ])
    assert.deepEqual(await loadSettings(['--xks-connect-to', text], {}), { xksConnectTo })
  })

  test('hold quotas by their names', async () => {
    const quotas = new Map([
      ['one-thing', 1],
      ['other', 0],
    ])
    assert.deepEqual(await loadSettings(['--quotas', 'one-thing=1,other=0'], {}), { quotas })
    const file = config('quotas = ["one-thing=1", "other=0"]\n')
    assert.deepEqual(await loadSettings(['--config', file], {}), { quotas })
  })

  test('hold how many workers there are to be', async () => {
    assert.deepEqual(await loadSettings([], { KEYHOLD_WORKERS: '4' }), { workers: 4 })
    assert.deepEqual(await loadSettings(['--config', config('workers = 2')], {}), { workers: 2 })
  })

  test('read lists and flags from TOML', async () => {
    const file = config('regions = ["eu-west-1", "us-gov-west-1"]\ninsecure-plaintext = true\n')
    assert.deepEqual(await loadSettings(['--config', file], {}), {
      regions: ['eu-west-1', 'us-gov-west-1'],
      insecurePlaintext: true,
    })
  })

  test('that nobody knows are refused, wherever they stand', async () => {
    await refuses(loadSettings(['--prot', '1'], {}), /unknown argument: --prot/)
    await refuses(loadSettings(['extra'], {}), /unknown argument: extra/)
    await refuses(loadSettings([], { KEYHOLD_PROT: '1' }), /unknown environment .*KEYHOLD_PROT/)
    await refuses(loadSettings(['--config', config('prot = 1')], {}), /unknown setting: prot/)
    await refuses(loadSettings(['--port', '1'], {}, ['dataDir']), /unknown argument: --port/)
  })

  test('of the wrong form are refused with what is wanted', async () => {
    for (const port of ['-1', '65536', 'x', '', '1.5'])
      await refuses(loadSettings([`--port=${port}`], {}), /--port has to be a port/)
    await refuses(loadSettings(['--port'], {}), /--port needs a value/)
    await refuses(loadSettings(['--account', '12'], {}), /account id of 12 digits/)
    await refuses(loadSettings(['--host', 'a b'], {}), /--host has to be an address/)
    await refuses(loadSettings(['--log-format', 'xml'], {}), /text or json/)
    await refuses(loadSettings(['--regions', 'eu-west'], {}), /Region names/)
    for (const list of ['', ',', 'aws,', 'a,,b'])
      await refuses(loadSettings([`--attestation-roots=${list}`], {}), /names with commas/)
    for (const age of ['0', '-1', '86401', '1.5', '5m', ''])
      await refuses(loadSettings([`--attestation-max-age=${age}`], {}), /1 to 86400 seconds/)
    for (const count of ['', '0', '129', '-1', '1.5', 'all'])
      await refuses(loadSettings([`--workers=${count}`], {}), /number of processes, 1 to 128/)
    for (const quotas of ['', 'keys', 'keys=', 'keys=-1', 'keys=1,', 'Keys=1'])
      await refuses(loadSettings([`--quotas=${quotas}`], {}), /NAME=NUMBER/)
    await refuses(loadSettings(['--tls-self-signed=yes'], {}), /true or false/)
    await refuses(loadSettings(['--data-dir='], {}), /must not be empty/)
    await refuses(loadSettings(['--config', config('port = "x"')], {}), /port has to be a port/)
    await refuses(loadSettings(['--config', config('[port]\na = 1')], {}), /single value or a list/)
    await refuses(loadSettings(['--config', config('port =')], {}), /not valid TOML/)
    await refuses(loadSettings(['--config', join(scratch, 'none')], {}), /cannot be read/)
  })
})
