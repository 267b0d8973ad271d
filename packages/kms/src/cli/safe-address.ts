import { isIP } from 'node:net'
import { UsageError } from './settings/load.ts'
import type { Settings } from './settings/table.ts'

/**
 * Refuses settings that would let others than the machine's own users reach what has to be out of
 * their reach. Throws UsageError.
 */
export const requireSafeAddress = (settings: Settings, host: string): void => {
  if (settings.devCredentialsFile !== undefined) requireDevelopment(settings, host)
  const files = settings.tlsCert !== undefined || settings.tlsKey !== undefined
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key go together')
  if (files && settings.tlsSelfSigned === true)
    throw new UsageError('--tls-self-signed does not go with --tls-cert and --tls-key')
  requireTlsForXks(settings)
  const exposed = [host, settings.xksProxy?.host ?? host].find((each) => !isLoopback(each))
  if (exposed !== undefined && settings.sealKeyFile === undefined)
    throw new UsageError(
      `evaluation mode serves loopback addresses only, and ${exposed} is none: ` +
        'name a --seal-key-file outside the data directory',
    )
  if (isLoopback(host)) return
  if (!files && settings.tlsSelfSigned !== true && settings.insecurePlaintext !== true)
    throw new UsageError(
      `${host} is not a loopback address, and without TLS everyone on the way reads plaintext ` +
        'and data keys: give --tls-cert and --tls-key, or --tls-self-signed, ' +
        'or --insecure-plaintext if something in front of it does TLS',
    )
}

/** AWS KMS speaks to a proxy over TLS alone; a client's name can be checked only with its certificate. */
const requireTlsForXks = (settings: Settings): void => {
  const { xksProxy, xksProxyClientCa, xksProxyClientName, xksClientCert, xksClientKey } = settings
  if ((xksClientCert === undefined) !== (xksClientKey === undefined))
    throw new UsageError('--xks-client-cert and --xks-client-key go together')
  if (xksProxy !== undefined && settings.tlsCert === undefined && settings.tlsSelfSigned !== true)
    throw new UsageError('--xks-proxy needs --tls-cert and --tls-key, or --tls-self-signed')
  if (xksProxy === undefined && xksProxyClientCa !== undefined)
    throw new UsageError('--xks-proxy-client-ca goes with --xks-proxy')
  if (xksProxyClientName !== undefined && xksProxyClientCa === undefined)
    throw new UsageError('--xks-proxy-client-name goes with --xks-proxy-client-ca')
}

/** Who knows a test suite knows its credential. */
const requireDevelopment = (settings: Settings, host: string): void => {
  if (settings.sealKeyFile !== undefined)
    throw new UsageError(
      '--dev-credentials-file is for test suites, and does not go with production mode ' +
        '(--seal-key-file)',
    )
  if (!isLoopback(host))
    throw new UsageError(
      `--dev-credentials-file goes with loopback addresses only, and ${host} is none`,
    )
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
