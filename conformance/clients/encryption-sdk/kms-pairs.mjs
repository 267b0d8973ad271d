/** Key pairs of the service that wrap data keys: RSA keys, and keys that agree on a secret. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { unsignedSuite } from './cases.mjs'
import { kmsIn, pems } from './keys.mjs'

const curves = ['P-256', 'P-384', 'P-521']

const pemOf = (spki) =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({
    format: 'pem',
    type: 'spki',
  })

/** A new key pair of the service: its ARN, and its public key as PEM. */
const newPair = async (kms, KeySpec, KeyUsage) => {
  const { KeyMetadata } = await kms.createKey({ KeySpec, KeyUsage })
  const { PublicKey } = await kms.getPublicKey({ KeyId: KeyMetadata.KeyId })
  return { keyArn: KeyMetadata.Arn, publicKey: pemOf(PublicKey) }
}

/** RSA keys wrap outside of the service, which unwraps. No suite that signs goes with them. */
const rsaRows = async (kms, region) => {
  const pair = await newPair(kms, 'RSA_2048', 'ENCRYPT_DECRYPT')
  return ['OAEP_SHA1', 'OAEP_SHA256'].map((padding) => [
    `an RSA key of the service, ${padding}`,
    { wrapping: { kind: 'kms-rsa', region, padding, ...pair }, suites: [unsignedSuite] },
  ])
}

/** Keys of the service, and of others, that agree on a wrapping key. */
const ecdhRows = async (kms, region, curve) => {
  const spec = `ECC_NIST_${curve.replace('-', '')}`
  const one = await newPair(kms, spec, 'KEY_AGREEMENT')
  const two = await newPair(kms, spec, 'KEY_AGREEMENT')
  const stranger = generateKeyPairSync('ec', { namedCurve: curve, ...pems })
  const own = { kind: 'kms-ecdh', region, curve }
  const between = (mine, theirs) => ({
    ...own,
    schema: 'static',
    ...mine,
    peerPublicKey: theirs.publicKey,
  })
  const discovery = { ...own, schema: 'discovery', keyArn: two.keyArn }
  const raw = { kind: 'raw-ecdh', curve }
  return [
    [
      `KMS ECDH on ${curve} between two keys of the service`,
      { wrapping: between(one, two), readBy: between(two, one) },
    ],
    [
      `KMS ECDH on ${curve}, read by a key of the service from anyone`,
      { wrapping: between(one, two), readBy: discovery },
    ],
    [
      `KMS ECDH on ${curve} between a key of the service and one outside`,
      {
        wrapping: between(one, stranger),
        readBy: {
          ...raw,
          schema: 'static',
          privateKey: stranger.privateKey,
          peerPublicKey: one.publicKey,
        },
      },
    ],
    [
      `raw ECDH on ${curve} from an ephemeral key to a key of the service`,
      {
        wrapping: { ...raw, schema: 'ephemeral', recipientPublicKey: two.publicKey },
        readBy: discovery,
      },
    ],
  ]
}

/** Rows for `testWrappings`. */
export const kmsPairRows = async (region) => {
  const kms = kmsIn(region)
  const rows = await rsaRows(kms, region)
  for (const curve of curves) rows.push(...(await ecdhRows(kms, region, curve)))
  kms.destroy()
  return Object.fromEntries(rows)
}
