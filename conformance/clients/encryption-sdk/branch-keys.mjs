/** Branch keys in one table, shared with the key stores of the other Encryption SDKs. */
import { wrappedBranchKeyStore } from '@keyhold/envelope'
import { kmsIn } from './keys.mjs'

const versionPrefix = 'branch:version:'
const contextPrefix = 'aws-crypto-ec:'
const activeType = 'branch:ACTIVE'

/** A record of `@keyhold/envelope` as AWS's key stores keep it. */
const itemOf = (record, isActive, kmsKeyArn) => {
  const version = `${versionPrefix}${record.version}`
  return {
    'branch-key-id': { S: record.branchKeyId },
    type: { S: isActive ? activeType : version },
    ...(isActive ? { version: { S: version } } : {}),
    enc: { B: Buffer.from(record.wrapped).toString('base64') },
    'kms-arn': { S: kmsKeyArn },
    'create-time': { S: record.createdAt },
    'hierarchy-version': { N: '1' },
    ...Object.fromEntries(
      [...record.context].map(([key, value]) => [`${contextPrefix}${key}`, { S: value }]),
    ),
  }
}

const recordOf = (item) => {
  if (item === undefined) return undefined
  const version = item.version ?? item.type
  const own = Object.entries(item).filter(([name]) => name.startsWith(contextPrefix))
  return {
    branchKeyId: item['branch-key-id'].S,
    version: version.S.slice(versionPrefix.length),
    createdAt: item['create-time'].S,
    context: new Map(own.map(([name, { S }]) => [name.slice(contextPrefix.length), S])),
    wrapped: new Uint8Array(Buffer.from(item.enc.B, 'base64')),
  }
}

/** The table behind the port that `@keyhold/envelope` asks for its records. */
const recordsIn = (items, kmsKeyArn) => {
  const name = (branchKeyId, type) => JSON.stringify([branchKeyId, type])
  const put = (record, isActive) => {
    const item = itemOf(record, isActive, kmsKeyArn)
    items.set(name(record.branchKeyId, item.type.S), item)
  }
  const active = (branchKeyId) => recordOf(items.get(name(branchKeyId, activeType)))
  const write = (generation, isAllowed) => {
    if (!isAllowed) return false
    put(generation.active, true)
    put(generation.version, false)
    return true
  }
  return {
    create: async (generation) =>
      write(generation, active(generation.active.branchKeyId) === undefined),
    rotate: async (generation, previous) =>
      write(generation, active(generation.active.branchKeyId)?.version === previous),
    active: async (branchKeyId) => active(branchKeyId),
    version: async (branchKeyId, version) =>
      recordOf(items.get(name(branchKeyId, `${versionPrefix}${version}`))),
  }
}

/** How every client is told of the same key store; `keyStore` is for ours alone. */
export const keyStoreOn = (table, kmsKeyArn, region) => {
  const logicalName = 'branch keys of the interoperation tests'
  const client = kmsIn(region)
  const records = recordsIn(table.items, kmsKeyArn)
  return {
    keyStore: wrappedBranchKeyStore(records, { name: logicalName, kmsKeyArn, client }),
    close: () => client.destroy(),
    store: { endpoint: table.endpoint, region, table: 'branch-keys', logicalName, kmsKeyArn },
  }
}
