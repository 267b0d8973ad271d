import { createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock, Random } from '../core/ports.ts'
import { makeDirectory } from './make-directory.ts'

/** PEM text of a certificate chain and its key, and the CA that clients have to trust. */
export type TlsFiles = { readonly cert: string; readonly key: string; readonly caFile?: string }

/** Reads an operator's own certificate and key; names the file that is wrong. */
export const readTlsFiles = async (certFile: string, keyFile: string): Promise<TlsFiles> => {
  const cert = await readText(certFile, 'TLS certificate')
  const key = await readText(keyFile, 'TLS key')
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error('they are not a pair')
  } catch (error) {
    throw new Error(`the TLS certificate ${certFile} and key ${keyFile} cannot be used`, {
      cause: error,
    })
  }
  return { cert, key }
}

/** Reads certificates that others are checked against; names the file if it has none. */
export const readCertificates = async (file: string): Promise<string> => {
  const text = await readText(file, 'file of certificates')
  try {
    new X509Certificate(text).publicKey.export({ format: 'der', type: 'spki' })
    return text
  } catch (error) {
    throw new Error(`${file} has no certificate`, { cause: error })
  }
}

const readText = async (file: string, what: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`the ${what} ${file} cannot be read`, { cause: error })
  }
}

const dayMs = 86_400_000
const caDays = 3650
/** What browsers and some clients accept at most. */
const serverDays = 397
/** Renewed at a start when it has less than this left. */
const renewDays = 30

/**
 * A certificate for `host` under a CA of the data directory's own, both made when they are missing,
 * run out or name another host. Clients trust `caFile`; its key stays in the directory, 0600.
 */
export const selfSignedTls = async (
  directory: string,
  host: string,
  clock: Clock,
  random: Random,
): Promise<TlsFiles> => {
  await makeDirectory(directory)
  const caFile = join(directory, 'ca.pem')
  const existing = await readPair(directory, 'server')
  const ca = (await readPair(directory, 'ca')) ?? (await makeCa(directory, clock, random))
  if (existing !== undefined && isUsable(existing.cert, ca.cert, host, clock))
    return { ...existing, caFile }
  return { ...(await makeServer(directory, host, ca, clock, random)), caFile }
}

type Pair = { readonly cert: string; readonly key: string }

const readPair = async (directory: string, name: string): Promise<Pair | undefined> => {
  try {
    const cert = await readFile(join(directory, `${name}.pem`), 'utf8')
    return { cert, key: await readFile(join(directory, `${name}.key`), 'utf8') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const isUsable = (cert: string, caCert: string, host: string, clock: Clock): boolean => {
  const certificate = new X509Certificate(cert)
  const covers = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return (
    covers !== undefined &&
    certificate.verify(new X509Certificate(caCert).publicKey) &&
    certificate.validToDate.getTime() - clock.nowMs() > renewDays * dayMs
  )
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** The certificate library is loaded only when a certificate is made. */
const loadX509 = async () => {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const pemOf = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return pem.export({ format: 'pem', type: 'pkcs8' })
}

/** Positive, 16 bytes (RFC 5280 §4.1.2.2). */
const serialNumber = (random: Random): string =>
  `4b${Buffer.from(random.bytes(15)).toString('hex')}`

const makeCa = async (directory: string, clock: Clock, random: Random): Promise<Pair> => {
  const x509 = await loadX509()
  const keys = await newKeys()
  const nowMs = clock.nowMs()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(random),
    name: 'CN=Keyhold local CA',
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + caDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const pair = { cert: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
  await writePair(directory, 'ca', pair)
  return pair
}

const makeServer = async (
  directory: string,
  host: string,
  ca: Pair,
  clock: Clock,
  random: Random,
): Promise<Pair> => {
  const x509 = await loadX509()
  const keys = await newKeys()
  const nowMs = clock.nowMs()
  const issuer = new x509.X509Certificate(ca.cert)
  const signingKey = await importSigningKey(ca.key)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    issuer: issuer.subject,
    subject: 'CN=Keyhold',
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + serverDays * dayMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(host)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  const pair = { cert: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
  await writePair(directory, 'server', pair)
  return pair
}

const importSigningKey = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

const alternativeNames = (host: string) => {
  const names = new Set(['localhost', '127.0.0.1', '::1', host])
  return [...names].map((value) =>
    isIP(value) === 0 ? ({ type: 'dns', value } as const) : ({ type: 'ip', value } as const),
  )
}

/** The key first: a certificate without its key would look usable after a crash. */
const writePair = async (directory: string, name: string, { cert, key }: Pair): Promise<void> => {
  await writeFile(join(directory, `${name}.key`), key, { mode: 0o600 })
  await writeFile(join(directory, `${name}.pem`), cert, { mode: 0o600 })
}
