import { readClientConfig, writeClientConfig } from '../server/client-config.ts'
import type { NewCredential } from '../server/bootstrap.ts'
import type { DataDirectory } from '../server/data-directory.ts'
import type { TlsFiles } from '../server/tls.ts'
import type { Settings } from './settings/table.ts'

/**
 * Keeps the client configuration of evaluation mode: the credential when it is made, the endpoint
 * whenever the service has one. Without a credential there is nothing to keep.
 */
export const keepClientConfig = async (
  directory: DataDirectory,
  settings: Settings,
  tls: TlsFiles | undefined,
  endpoint: string,
  made?: NewCredential,
): Promise<void> => {
  const kept = await readClientConfig(directory.client)
  const credential = made ?? kept
  if (credential === undefined) return
  await writeClientConfig(directory.client, {
    endpoint,
    region: kept?.region ?? settings.regions?.[0] ?? 'us-east-1',
    accessKeyId: credential.accessKeyId,
    secretAccessKey: credential.secretAccessKey,
    ...(tls?.caFile === undefined ? {} : { caFile: tls.caFile }),
  })
}

/** The credential, if the client configuration keeps one of the same id, whose secret may be old. */
export const renewedCredential = async (
  directory: DataDirectory,
  credential: NewCredential | undefined,
): Promise<NewCredential | undefined> => {
  if (credential === undefined) return undefined
  const kept = await readClientConfig(directory.client)
  return kept?.accessKeyId === credential.accessKeyId ? credential : undefined
}
