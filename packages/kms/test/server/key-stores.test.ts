import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDatabase } from './database.ts'
import { base64, refused, succeeded } from './expect.ts'
import { auditLines, filesWith } from './files.ts'
import {
  connectStore,
  createStore,
  externalStore,
  invalidState,
  notFound,
  openScene,
  type StoreEntry,
  tokenStore,
  unknownId,
} from './key-stores/scene.ts'

const { scene, call } = await openScene()

describe('DeleteCustomKeyStore', () => {
  it('refuses: stores that do not exist, or are connected', async () => {
    refused(
      await call('DeleteCustomKeyStore', { CustomKeyStoreId: unknownId }),
      'CustomKeyStoreNotFoundException',
      notFound,
    )
    const id = await createStore(scene, externalStore(scene))
    await connectStore(scene, id)
    refused(
      await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }),
      'CustomKeyStoreInvalidStateException',
      invalidState(id, 'CONNECTED'),
    )
  })

  it('does: the store is gone, and its name and URI are free', async () => {
    const input = externalStore(scene)
    const id = await createStore(scene, input)
    succeeded(await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }))
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreId: id }),
      'CustomKeyStoreNotFoundException',
      `The custom key store ${id} does not exist.`,
    )
    assert.notEqual(await createStore(scene, input), id)
  })
})

describe('DescribeCustomKeyStores', () => {
  it('decodes: an id or a name, not both', async () => {
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreId: 'a', CustomKeyStoreName: 'b' }),
      'ValidationException',
      'Please specify either CustomKeyStoreId or CustomKeyStoreName, not both.',
    )
  })

  it('refuses: names that no store has, and markers that it did not give', async () => {
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreName: 'nobody' }),
      'CustomKeyStoreNotFoundException',
      'The custom key store nobody does not exist.',
    )
    refused(await call('DescribeCustomKeyStores', { Marker: 'x' }), 'InvalidMarkerException', /./)
  })

  it('does: all stores in pages, or the one with a name; those of the Region alone', async () => {
    const ids: string[] = []
    for (const n of [1, 2, 3])
      ids.push(
        await createStore(
          scene,
          externalStore(scene, {
            CustomKeyStoreName: `paged-${n}`,
            XksProxyUriPath: `/tenant-${n}/kms/xks/v1`,
          }),
        ),
      )
    const found: string[] = []
    let marker: unknown
    do {
      const page = succeeded(
        await call('DescribeCustomKeyStores', {
          Limit: 2,
          ...(marker === undefined ? {} : { Marker: marker }),
        }),
      )
      for (const entry of page['CustomKeyStores'] as StoreEntry[])
        found.push(String(entry['CustomKeyStoreId']))
      assert.equal(page['Truncated'], page['NextMarker'] !== undefined)
      marker = page['NextMarker']
    } while (marker !== undefined)
    assert.deepEqual(found, [...ids].sort())
    const named = succeeded(
      await call('DescribeCustomKeyStores', { CustomKeyStoreName: 'paged-2' }),
    )
    assert.deepEqual(
      (named['CustomKeyStores'] as StoreEntry[]).map((entry) => entry['CustomKeyStoreId']),
      [ids[1]],
    )
    const elsewhere = await scene.service.call(
      'DescribeCustomKeyStores',
      {},
      { region: 'eu-west-1' },
    )
    assert.deepEqual(succeeded(elsewhere)['CustomKeyStores'], [])
  })
})

describe('the secrets of custom key stores', () => {
  it('are in no answer, no record and no line of the log', async () => {
    const { proxy, token, service } = scene
    const external = await createStore(scene, externalStore(scene))
    await createStore(scene, tokenStore(scene))
    await connectStore(scene, external)
    const answers = JSON.stringify(succeeded(await call('DescribeCustomKeyStores', {})))
    const written = auditLines(service.directory).join('\n') + JSON.stringify(service.log.lines)
    for (const secret of [proxy.credential.RawSecretAccessKey, token.password]) {
      for (const text of [secret, base64(secret)]) {
        assert(!answers.includes(text))
        assert(!written.includes(text))
      }
    }
    assert(!written.includes(proxy.credential.AccessKeyId))
  })

  it('lie where what is wrapped is erased, and are in no file once they are replaced', async () => {
    const { proxy, service } = scene
    const content = (table: string, holding: string): string[] =>
      readDatabase(
        service.directory.database,
        `select content from ${table} where content like ?`,
        `%${holding}%`,
      ).map((row) => String(row['content']))
    const id = await createStore(scene, externalStore(scene))
    const wrapped = (): string => {
      const [record = '{}'] = content('secret_entity', id)
      return String((JSON.parse(record) as { readonly wrapped?: string }).wrapped)
    }
    assert.deepEqual(content('entity', '"wrapped"'), [])
    const first = wrapped()
    assert.notDeepEqual(filesWith(service, first), [])
    const XksProxyAuthenticationCredential = proxy.credential
    succeeded(
      await call('UpdateCustomKeyStore', {
        CustomKeyStoreId: id,
        XksProxyAuthenticationCredential,
      }),
    )
    const second = wrapped()
    succeeded(await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }))
    for (const gone of [first, second]) assert.deepEqual(filesWith(service, gone), [])
  })
})
