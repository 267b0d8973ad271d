import { readDatabase } from './database.ts'
import { createKey, encrypt, type KeyMetadata, succeededEmpty } from './expect.ts'
import { account, region, startTestService, type TestService } from './harness.ts'

export const internal = 'An internal error occurred. The request can be retried.'

/** A service with two keys, one of them disabled, an alias, and a row as it was before. */
export type Scene = {
  readonly service: TestService
  readonly good: KeyMetadata
  readonly goodBlob: string
  readonly bad: KeyMetadata
  readonly badBlob: string
  readonly rowBefore: Readonly<Record<string, unknown>>
}

export const rowId = ({ KeyId }: KeyMetadata): string => `${region}/${account}/${KeyId}`
export const aliasId = `${region}/${account}/alias/app`

export const setScene = async (): Promise<Scene> => {
  const service = await startTestService()
  const [good, bad] = [await createKey(service), await createKey(service)]
  const goodBlob = await encrypt(service, { KeyId: good.KeyId })
  const badBlob = await encrypt(service, { KeyId: bad.KeyId })
  succeededEmpty(
    await service.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: bad.KeyId }),
  )
  const sql = "select * from entity where tbl = 'key' and id = ?"
  const [rowBefore = {}] = readDatabase(service.directory.database, sql, rowId(bad))
  succeededEmpty(await service.call('DisableKey', { KeyId: bad.KeyId }))
  return { service, good, goodBlob, bad, badBlob, rowBefore }
}
