import { isIP } from 'node:net'

/** How the text of a setting becomes its value. Throws an error that says what is wanted. */
type Parser<T> = (text: string) => T

export type Setting<T = unknown> = {
  /** The flag without its dashes; the environment and the file derive their names from it. */
  readonly flag: string
  readonly doc: string
  /** What stands after the flag in the help; absent for flags that take no value. */
  readonly value?: string
  readonly parse: Parser<T>
}

const textSetting = (flag: string, value: string, doc: string): Setting<string> => ({
  flag,
  value,
  doc,
  parse: (text) => {
    if (text === '') throw new Error('must not be empty')
    return text
  },
})

const flagSetting = (flag: string, doc: string): Setting<boolean> => ({
  flag,
  doc,
  parse: (text) => {
    if (text !== 'true' && text !== 'false') throw new Error('has to be true or false')
    return text === 'true'
  },
})

const parsePort = (text: string): number => {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 65_536
  if (port > 65_535) throw new Error('has to be a port, 0 to 65535')
  return port
}

/** Where something listens; without an address, where the service does. */
export type ListenerSetting = { readonly host?: string; readonly port: number }

const parseListener = (text: string): ListenerSetting => {
  const at = text.lastIndexOf(':')
  const port = parsePort(text.slice(at + 1))
  return at === -1 ? { port } : { host: parseHost(text.slice(0, at).replace(/^\[|\]$/g, '')), port }
}

/** By host name, in lower case as URLs have it. */
const parseConnectTo = (text: string): ReadonlyMap<string, Address> =>
  new Map(
    text.split(',').map((item) => {
      const [, name, host = '', port = ''] =
        /^\s*([a-zA-Z0-9.-]+)=(.+):([0-9]+)\s*$/.exec(item) ?? []
      if (name === undefined)
        throw new Error(`has to be NAME=ADDRESS:PORT with commas between; '${item}' is not`)
      const address = host.replace(/^\[(.*)\]$/, '$1')
      return [name.toLowerCase(), { host: parseHost(address), port: parsePort(port) }]
    }),
  )

const parseAccount = (text: string): string => {
  if (!/^[0-9]{12}$/.test(text)) throw new Error('has to be an account id of 12 digits')
  return text
}

const parseHost = (text: string): string => {
  if (isIP(text) === 0 && !/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text))
    throw new Error('has to be an address or a host name')
  return text
}

const parseLogFormat = (text: string): 'text' | 'json' => {
  if (text !== 'text' && text !== 'json') throw new Error('has to be text or json')
  return text
}

const parseTransport = (text: string): 'lean' | 'node' => {
  if (text !== 'lean' && text !== 'node') throw new Error('has to be lean or node')
  return text
}

const parseWorkers = (text: string): number => {
  const count = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > 128) throw new Error('has to be a number of processes, 1 to 128')
  return count
}

const parseRegions = (text: string): readonly string[] => {
  const regions = text.split(',').map((name) => name.trim())
  for (const name of regions)
    if (!/^([a-z]+-){2,3}[0-9]+$/.test(name))
      throw new Error(`has to be Region names with commas between; '${name}' is none`)
  return regions
}

const parseList = (text: string): readonly string[] => {
  const items = text.split(',').map((item) => item.trim())
  if (items.includes('')) throw new Error('has to be names with commas between')
  return items
}

/** In seconds. AWS's certificates of an enclave last three hours, so that more than a day is an error. */
const parseMaxAge = (text: string): number => {
  const seconds = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (seconds < 1 || seconds > 86_400) throw new Error('has to be 1 to 86400 seconds')
  return seconds
}

/** Which quotas there are is known where they are used. */
const parseQuotas = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split(',').map((item) => {
      const [, name, number] = /^\s*([a-z]+(?:-[a-z]+)*)=([0-9]{1,9})\s*$/.exec(item) ?? []
      if (name === undefined)
        throw new Error(`has to be NAME=NUMBER with commas between; '${item}' is not`)
      return [name, Number(number)]
    }),
  )

type Address = { readonly host: string; readonly port: number }

/** Every setting of `keyhold serve`: flags, environment, file and help all come from these rows. */
export const settings = {
  dataDir: textSetting('data-dir', 'DIR', 'where everything is kept (default: ~/.keyhold)'),
  host: {
    flag: 'host',
    value: 'ADDRESS',
    doc: 'address to listen on (default: 127.0.0.1)',
    parse: parseHost,
  } satisfies Setting<string>,
  port: {
    flag: 'port',
    value: 'PORT',
    doc: 'port to listen on, 0 for any free one (default: 4599)',
    parse: parsePort,
  } satisfies Setting<number>,
  tlsCert: textSetting('tls-cert', 'FILE', 'PEM certificate chain; goes with --tls-key'),
  tlsKey: textSetting('tls-key', 'FILE', 'PEM private key of the certificate'),
  tlsSelfSigned: flagSetting(
    'tls-self-signed',
    'TLS under a CA that is made in the data directory',
  ),
  insecurePlaintext: flagSetting(
    'insecure-plaintext',
    'allow plain HTTP on an address that is not loopback',
  ),
  xksProxy: {
    flag: 'xks-proxy',
    value: '[ADDRESS:]PORT',
    doc: 'let AWS KMS keep keys here: serve the XKS proxy API, over TLS',
    parse: parseListener,
  } satisfies Setting<ListenerSetting>,
  xksProxyClientCa: textSetting(
    'xks-proxy-client-ca',
    'FILE',
    'PEM certificates; clients of the XKS proxy need one from there',
  ),
  xksProxyClientName: textSetting(
    'xks-proxy-client-name',
    'NAME',
    'common name that such a certificate has to have',
  ),
  xksCa: textSetting(
    'xks-ca',
    'FILE',
    'PEM CAs of external key store proxies (default: the public ones)',
  ),
  xksClientCert: textSetting(
    'xks-client-cert',
    'FILE',
    'PEM certificate for proxies that want one; goes with --xks-client-key',
  ),
  xksClientKey: textSetting('xks-client-key', 'FILE', 'PEM private key of that certificate'),
  xksConnectTo: {
    flag: 'xks-connect-to',
    value: 'NAME=ADDRESS:PORT,…',
    doc: 'where proxies are that do not listen at port 443 of their names',
    parse: parseConnectTo,
  } satisfies Setting<ReadonlyMap<string, Address>>,
  hsmClusters: textSetting(
    'hsm-clusters',
    'FILE',
    'TOML file: PKCS #11 tokens in the place of CloudHSM clusters',
  ),
  account: {
    flag: 'account',
    value: 'ID',
    doc: 'account id of a new data directory (default: 000000000000)',
    parse: parseAccount,
  } satisfies Setting<string>,
  regions: {
    flag: 'regions',
    value: 'NAME,NAME',
    doc: "Regions that exist here (default: AWS's)",
    parse: parseRegions,
  } satisfies Setting<readonly string[]>,
  quotas: {
    flag: 'quotas',
    value: 'NAME=NUMBER,…',
    doc: "limits that are to differ from AWS's",
    parse: parseQuotas,
  } satisfies Setting<ReadonlyMap<string, number>>,
  sealKeyFile: textSetting(
    'seal-key-file',
    'FILE',
    '32 bytes that seal the root key, outside the data directory: production mode',
  ),
  devCredentialsFile: textSetting(
    'dev-credentials-file',
    'FILE',
    'fixed root credential for test suites: evaluation mode only',
  ),
  attestationRoots: {
    flag: 'attestation-roots',
    value: 'FILE,FILE',
    doc: "PEM roots of attestation documents, aws for AWS's (default: aws)",
    parse: parseList,
  } satisfies Setting<readonly string[]>,
  attestationMaxAge: {
    flag: 'attestation-max-age',
    value: 'SECONDS',
    doc: 'how old attestation documents may be (default: 300)',
    parse: parseMaxAge,
  } satisfies Setting<number>,
  workers: {
    flag: 'workers',
    value: 'COUNT',
    doc: 'processes that answer requests, one for each CPU (default: one process)',
    parse: parseWorkers,
  } satisfies Setting<number>,
  httpTransport: {
    flag: 'http-transport',
    value: 'lean|node',
    doc: "node: Node's own HTTP parser reads requests (default: lean)",
    parse: parseTransport,
  } satisfies Setting<'lean' | 'node'>,
  logFormat: {
    flag: 'log-format',
    value: 'text|json',
    doc: 'text for people, json for machines (default: text)',
    parse: parseLogFormat,
  } satisfies Setting<'text' | 'json'>,
} as const

export type Settings = {
  readonly [K in keyof typeof settings]?: ReturnType<(typeof settings)[K]['parse']>
}
export type SettingName = keyof typeof settings

/** `--data-dir` is `KEYHOLD_DATA_DIR` in the environment and `data-dir` in the file. */
export const environmentName = (flag: string): string =>
  `KEYHOLD_${flag.toUpperCase().replaceAll('-', '_')}`
