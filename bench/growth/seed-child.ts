/**
 * Puts keys, and aliases of them, into a data directory that a service has made and let go of, by the
 * service's own code in large changes: each row is authenticated, each key has its wrapped material,
 * its policy and its audit record. Arguments: the directory, the Region, how many keys, how many
 * aliases.
 */
import { defaultPolicy } from '../../packages/kms/src/core/access/key-policy.ts'
import { newMaterialId } from '../../packages/kms/src/core/crypto/material.ts'
import { aliasRowId } from '../../packages/kms/src/core/keys/alias.ts'
import { keyArn, type Place } from '../../packages/kms/src/core/keys/arn.ts'
import { type KeyRecord, keyRowId } from '../../packages/kms/src/core/keys/key.ts'
import { materialName, wrapMaterial } from '../../packages/kms/src/core/keys/material.ts'
import { putKeyRow, putMaterialRow } from '../../packages/kms/src/core/keys/rows.ts'
import type { Hierarchy } from '../../packages/kms/src/core/seal/hierarchy.ts'
import type { Change } from '../../packages/kms/src/core/state/change.ts'
import { bootstrap, type Unsealed } from '../../packages/kms/src/server/bootstrap.ts'
import { layout } from '../../packages/kms/src/server/data-directory.ts'
import { openSealing } from '../../packages/kms/src/server/sealing.ts'
import { type AuditLog, openAuditLog } from '../../packages/kms/src/server/sinks/audit-log.ts'
import { openSqliteStore } from '../../packages/kms/src/server/stores/sqlite-store.ts'
import { systemClock, systemRandom } from '../../packages/kms/src/server/system.ts'

const perChange = 1000
const random = systemRandom()

const main = async ([path = '', region = '', keys = '0', aliases = '0']: readonly string[]) => {
  const directory = layout(path)
  const { seal } = await openSealing(directory, undefined, random)
  const store = await openSqliteStore(directory.database)
  const audit = await openAuditLog(directory.audit)
  const unsealed = await bootstrap({
    store,
    seal,
    account: undefined,
    clock: systemClock,
    random,
    anchor: undefined,
    onTamper: (error) => {
      throw error
    },
    keepCredential: () => Promise.resolve(),
  })
  const place = { region, account: unsealed.account }
  let keyId = ''
  await inChanges(unsealed, audit, Number(keys), (change) => {
    keyId = random.uuid()
    putKey(change, place, keyId, unsealed.hierarchy)
    change.event((seq) => recordOf('CreateKey', place, keyId, seq))
  })
  await inChanges(unsealed, audit, Number(aliases), (change, number) => {
    const name = `alias/tenant-${String(number).padStart(7, '0')}`
    const nowMs = systemClock.nowMs()
    const record = { ...place, name, targetKeyId: keyId, createdAtMs: nowMs, updatedAtMs: nowMs }
    change.put('alias', aliasRowId(place, name), record, { parent: keyRowId(place, keyId) })
    change.event((seq) => recordOf('CreateAlias', place, keyId, seq))
  })
  await audit.close()
  await store.close()
}

const inChanges = async (
  { state }: Unsealed,
  audit: AuditLog,
  count: number,
  add: (change: Change, number: number) => void,
): Promise<void> => {
  for (let number = 0; number < count;) {
    const change = state.begin()
    const end = Math.min(count, number + perChange)
    for (; number < end; number += 1) add(change, number)
    await state.commit(change)
    const appended = change.events.map(({ line, seq }) => audit.append(line, { changeSeq: seq }))
    await Promise.all(appended)
  }
}

const putKey = (change: Change, place: Place, keyId: string, hierarchy: Hierarchy): void => {
  const createdAtMs = systemClock.nowMs()
  const bytes = random.bytes(32)
  const name = materialName(place, keyId, 'SYMMETRIC_DEFAULT', newMaterialId(random))
  const material = wrapMaterial(name, bytes, hierarchy, createdAtMs)
  bytes.fill(0)
  const record: KeyRecord = {
    ...place,
    keyId,
    createdAtMs,
    description: 'a key of the benchmark',
    state: 'Enabled',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    multiRegion: false,
    currentMaterialId: material.materialId,
    tags: [],
  }
  putKeyRow(change, record)
  const rowId = keyRowId(place, keyId)
  change.put('key_policy', rowId, { policy: defaultPolicy(place) }, { parent: rowId })
  putMaterialRow(change, material)
}

/** As long as the record of such a call, with what the log needs to know in it. */
const recordOf = (eventName: string, place: Place, keyId: string, changeSeq: number): string =>
  JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { type: 'Root', principalId: place.account, accountId: place.account },
    eventTime: '2026-01-01T00:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName,
    awsRegion: place.region,
    sourceIPAddress: '127.0.0.1',
    userAgent: 'keyhold-bench',
    requestParameters: { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
    responseElements: { keyMetadata: { keyId, arn: keyArn(place, keyId), keyState: 'Enabled' } },
    additionalEventData: { changeSeq },
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: false,
    resources: [{ accountId: place.account, type: 'AWS::KMS::Key', ARN: keyArn(place, keyId) }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: place.account,
    eventCategory: 'Management',
  })

await main(process.argv.slice(2))
