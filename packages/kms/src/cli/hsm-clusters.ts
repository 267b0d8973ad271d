import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pkcs11Cluster } from '../server/pkcs11/backend.ts'
import type { ServiceOptions } from '../server/service.ts'

export type HsmClusters = NonNullable<ServiceOptions['hsmClusters']>

const names = ['module', 'token', 'trust-anchor', 'binding'] as const
type Name = (typeof names)[number]

/**
 * Reads which tokens of PKCS #11 modules stand in the place of CloudHSM clusters: TOML, a table for
 * each, named by the cluster's id. Paths are relative to the file. Throws an error that says what to
 * correct.
 */
export const readHsmClusters = async (file: string): Promise<HsmClusters> => {
  const { parse } = await import('smol-toml')
  const clusters = new Map<string, ReturnType<typeof pkcs11Cluster>>()
  let tables: Readonly<Record<string, unknown>>
  try {
    tables = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Error(`the file of HSM clusters ${file} cannot be read`, { cause: error })
  }
  for (const [id, table] of Object.entries(tables)) {
    const fail = (problem: string): never => {
      throw new Error(`${file}: ${id} ${problem}`)
    }
    // The pattern of CloudHsmClusterId in the API.
    if (!/^cluster-[2-7a-zA-Z]{11,16}$/.test(id))
      fail('has to be cluster- and 11 to 16 of a-z, A-Z and 2-7')
    const settings = texts(table, fail)
    const at = (name: Name): string => resolve(dirname(file), settings[name] ?? '')
    const place = {
      module: at('module'),
      token: settings.token ?? fail('needs a token: its label'),
      binding: settings.binding === undefined ? 'koffi' : at('binding'),
    }
    if (settings.module === undefined) fail('needs a module: the path of a PKCS #11 library')
    if (settings['trust-anchor'] === undefined)
      fail('needs a trust-anchor: the path of a PEM certificate')
    clusters.set(id, pkcs11Cluster(place, await certificate(at('trust-anchor'))))
  }
  return clusters
}

const texts = (
  table: unknown,
  fail: (problem: string) => never,
): { readonly [N in Name]?: string } => {
  if (typeof table !== 'object' || table === null) return fail('has to be a table')
  for (const [name, value] of Object.entries(table)) {
    if (!names.some((known) => known === name)) fail(`knows no ${name}: ${names.join(', ')}`)
    if (typeof value !== 'string' || value === '') fail(`${name} has to be a text`)
  }
  return table
}

const certificate = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`the trust anchor ${file} cannot be read`, { cause: error })
  })
  try {
    return new X509Certificate(text).toString()
  } catch (error) {
    throw new Error(`the trust anchor ${file} is no PEM certificate`, { cause: error })
  }
}
