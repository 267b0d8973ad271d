import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import test from 'node:test'
import { Scene } from './scene.ts'

const scene = await Scene.open()
const newArn = await scene.createKey()
await scene.service.call('CreateAlias', { AliasName: 'alias/new', TargetKeyId: newArn })
const readsV1 = ['--commitment-policy', 'require-encrypt-allow-decrypt']
const v1 = ['--commitment-policy', 'forbid-encrypt-allow-decrypt', '--algorithm']
const algorithms = {
  'version 2': [],
  'version 1': [...v1, 'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384'],
}

const keysOf = async (name: string): Promise<readonly string[]> => {
  const { text } = await scene.run(['inspect', '--json', name])
  return JSON.parse(text).dataKeys.map(({ key }: { readonly key: string }) => key)
}

const reads = async (name: string, key: string): Promise<Uint8Array | undefined> => {
  const ran = await scene.run(['decrypt', '-k', key, ...readsV1, '-i', name, '-o', '-'])
  return ran.code === 0 ? ran.out : undefined
}

for (const [version, flags] of Object.entries(algorithms)) {
  test(`a message of ${version} goes from one key of the service to another`, async () => {
    for (const old of [
      ['--from-key', 'alias/app'],
      ['--from-wrapping-keys', `key=${scene.keyArn}`],
      ['--from-wrapping-keys', 'discovery=true'],
      ['--from-discovery'],
    ]) {
      const plain = scene.write('m', 5000)
      await scene.run(['encrypt', '-f', '-k', 'alias/app', ...flags, 'm'])
      const ran = await scene.run([
        'rewrap',
        '-k',
        'alias/new',
        ...old,
        ...readsV1,
        '-i',
        'm.keyhold',
      ])
      assert.equal(ran.code, 0, ran.err)
      assert.deepEqual(await keysOf('m.keyhold'), [newArn])
      assert.deepEqual(await reads('m.keyhold', newArn), plain)
      assert.equal(await reads('m.keyhold', scene.keyArn), undefined)
    }
  })

  test(`a message of ${version} may go to several keys, and on to a key of one’s own`, async () => {
    const plain = scene.write('n', 5000)
    scene.write('own', 32)
    await scene.run(['encrypt', '-f', '-k', 'alias/app', ...flags, 'n'])
    const several = ['-k', 'alias/new', '-k', 'alias/app', '--raw-key-file', 'own']
    const ran = await scene.run([
      'rewrap',
      ...several,
      '--from-key',
      'alias/app',
      ...readsV1,
      'n.keyhold',
    ])
    assert.equal(ran.code, 0, ran.err)
    assert.deepEqual(await keysOf('n.keyhold'), [newArn, scene.keyArn, 'raw-aes'])
    for (const key of [newArn, scene.keyArn]) assert.deepEqual(await reads('n.keyhold', key), plain)
    const own = ['--raw-key-file', 'own', '--from-key', 'alias/new']
    assert.equal((await scene.run(['rewrap', ...own, ...readsV1, 'n.keyhold'])).code, 0)
    assert.deepEqual(await keysOf('n.keyhold'), ['raw-aes'])
    const read = ['decrypt', '--raw-key-file', 'own', ...readsV1, '-i', 'n.keyhold', '-o', '-']
    assert.deepEqual((await scene.run(read)).out, plain)
  })

  test(`a key that is named but may not be used leaves a message of ${version} as it is`, async () => {
    const disabled = await scene.createKey()
    scene.write('d', 5000)
    await scene.run(['encrypt', '-f', '-k', 'alias/app', ...flags, 'd'])
    const old = scene.read('d.keyhold')
    await scene.service.call('DisableKey', { KeyId: disabled })
    const ran = await scene.run([
      'rewrap',
      '-k',
      disabled,
      '--from-key',
      'alias/app',
      ...readsV1,
      'd.keyhold',
    ])
    assert.equal(ran.code, 255)
    assert.match(ran.err, /d\.keyhold: .* is disabled\. \(DisabledException\)/)
    assert.deepEqual(scene.read('d.keyhold'), old)
  })
}

test('with a cache, many files are read and written with few calls to the service', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `many/${index}`)
  for (const name of names) scene.write(name, 500)
  mkdirSync(scene.at('safe'))
  const caching = ['--caching', 'capacity=2', 'max_age=300']
  await scene.run(['encrypt', '-k', 'alias/app', '-r', 'many', '-o', 'safe', ...caching])
  const flags = ['-k', 'alias/new', '--from-key', 'alias/app', '-r', 'safe', '--json', ...caching]
  const ran = await scene.run(['rewrap', ...flags])
  assert.equal(ran.code, 0, ran.err)
  const { done, keyCalls, keyCallsSaved } = JSON.parse(ran.text.trim().split('\n').at(-1) ?? '')
  assert.deepEqual([done, keyCalls, keyCallsSaved], [20, 1, 19])
  for (const name of names)
    assert.deepEqual(
      await reads(name.replace('many', 'safe') + '.keyhold', newArn),
      scene.read(name),
    )
})
