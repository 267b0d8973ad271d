import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { editDatabase, readDatabase } from '../database.ts'
import { createKey, type KeyMetadata, refused, succeeded, succeededEmpty } from '../expect.ts'
import { startTestService, type TestService } from '../harness.ts'
import { newUser } from '../identity/query.ts'
import { internal } from '../tampering-scene.ts'
import { callsAs, iamArn, keyPolicy } from './scene.ts'

type Scene = {
  readonly service: TestService
  readonly key: KeyMetadata
  readonly ann: SigningCredentials
  /** The row of the grant, as it is before it is revoked. */
  readonly row: Readonly<Record<string, unknown>>
}

/** A user with a grant to describe a key, and another one without. */
const setScene = async (): Promise<Scene> => {
  const service = await startTestService()
  const ann = await newUser(service, 'ann')
  await newUser(service, 'eve')
  const key = await createKey(service, { Policy: keyPolicy() })
  const input = {
    KeyId: key.KeyId,
    GranteePrincipal: iamArn('user/ann'),
    Operations: ['DescribeKey'],
  }
  succeeded(await service.call('CreateGrant', input))
  const sql = "select * from entity where tbl = 'grant'"
  const [row = {}] = readDatabase(service.directory.database, sql)
  return { service, key, ann, row }
}

/** Edits behind the service's back, all of which would let a user do more. */
const attacks: Readonly<Record<string, (scene: Scene) => Promise<number> | number>> = {
  'a grant that permits more': ({ service }) =>
    editDatabase(
      service.directory.database,
      `update entity set content = replace(content, '["DescribeKey"]', '["DescribeKey","Encrypt"]')
       where tbl = 'grant'`,
    ),
  'a grant under the name of another grantee': ({ service, row }) =>
    editDatabase(
      service.directory.database,
      `insert into entity select tbl, id || '0', parent, due_at_ms, seq, content, mac
       from entity where tbl = 'grant' and id = ?`,
      String(row['id']),
    ),
  'a grant that was revoked': async ({ service, key, row }) => {
    const GrantId = String(row['id']).slice(-64)
    succeededEmpty(await service.call('RevokeGrant', { KeyId: key.KeyId, GrantId }))
    return editDatabase(
      service.directory.database,
      'insert into entity values (?, ?, ?, ?, ?, ?, ?)',
      'grant',
      String(row['id']),
      String(row['parent']),
      null,
      Number(row['seq']),
      String(row['content']),
      row['mac'] as Uint8Array,
    )
  },
  'a key policy that lets a user in': ({ service, key }) =>
    editDatabase(
      service.directory.database,
      `update entity set content = replace(content, '"AWS\\":\\"', '"AWS\\":\\"*,')
       where tbl = 'key_policy' and id like ?`,
      `%${key.KeyId}`,
    ),
}

describe('policies and grants in a database that someone else edited', () => {
  for (const [name, edit] of Object.entries(attacks))
    it(`let nobody in: ${name}`, async () => {
      const scene = await setScene()
      await using service = scene.service
      assert((await edit(scene)) > 0)
      await using again = await service.restart()
      const ann = callsAs(again, scene.ann)
      const { KeyId } = scene.key
      const reply = await ann('Encrypt', { KeyId, Plaintext: 'AA==' })
      refused(reply, 'KMSInternalException', internal)
      const told = again.log.lines.filter(({ event }) => event === 'tampering found')
      assert(told.length > 0)
      // Other keys are not concerned.
      succeeded(
        await again.call('Encrypt', { KeyId: (await createKey(again)).KeyId, Plaintext: 'AA==' }),
      )
    })
})
