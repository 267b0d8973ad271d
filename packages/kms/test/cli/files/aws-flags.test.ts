import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import test from 'node:test'
import { splitWords } from '../../../src/cli/files/arg-files.ts'
import { Scene } from './scene.ts'

const scene = await Scene.open()
const plain = scene.write('plain', 5000)

test('a script of AWS’s command line needs another program name, and nothing else', async () => {
  mkdirSync(scene.at('out'))
  const encrypted = await scene.run(
    [
      '--encrypt --input plain --metadata-output meta --encryption-context purpose=test owner=me',
      `--commitment-policy require-encrypt-require-decrypt --output out -w key=${scene.keyArn}`,
    ].flatMap((line) => line.split(' ')),
  )
  assert.equal(encrypted.code, 0, encrypted.err)
  assert.ok(existsSync(scene.at('out/plain.encrypted')))
  const decrypted = await scene.run(
    [
      `--decrypt --input out/plain.encrypted --wrapping-keys key=${scene.keyArn} --output out`,
      '--encryption-context purpose=test owner --metadata-output meta',
      '--max-encrypted-data-keys 1 --buffer',
    ].flatMap((line) => line.split(' ')),
  )
  assert.equal(decrypted.code, 0, decrypted.err)
  assert.deepEqual(scene.read('out/plain.encrypted.decrypted'), plain)
  const lines = Buffer.from(scene.read('meta')).toString().trim().split('\n')
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.equal(first.mode, 'encrypt')
  assert.equal(first.input, scene.at('plain'))
  assert.equal(first.output, scene.at('out/plain.encrypted'))
  assert.equal(first.header.algorithm, 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384')
  assert.equal(first.header.encryption_context.purpose, 'test')
  const provider = first.header.encrypted_data_keys[0].key_provider
  assert.equal(Buffer.from(provider.provider_id, 'base64').toString(), 'aws-kms')
  assert.equal(Buffer.from(provider.key_info, 'base64').toString(), scene.keyArn)
  assert.deepEqual(second.header, first.header)
  assert.equal(Buffer.from(first.header_auth.tag, 'base64').length, 16)
  assert.deepEqual(second.header_auth, first.header_auth)
})

test('discovery reads any key, or those of an account', async () => {
  await scene.run(['-e', '-S', '-i', 'plain', '-o', 'd', '-w', 'key=alias/app'])
  const [, , , , account] = scene.keyArn.split(':')
  const run = async (...words: string[]) =>
    (await scene.run(['-d', '-S', '-i', 'd', '-o', '-', '-w', ...words])).code
  assert.equal(await run('discovery=true'), 0)
  const own = ['discovery-partition=aws', `discovery-account=${account}`]
  assert.equal(await run('discovery=true', ...own), 0)
  assert.equal(await run('discovery=true', 'discovery-partition=aws', 'discovery-account=1'), 255)
  for (const word of ['TRUE', 't', '1', 'yes', 'Y']) assert.equal(await run(`discovery=${word}`), 0)
  for (const word of ['false', 'F', '0', 'no', 'n']) {
    assert.equal(await run(`discovery=${word}`), 252)
    assert.equal(await run(`discovery=${word}`, `key=${scene.keyArn}`), 0)
  }
  assert.equal(await run('discovery=true', `key=${scene.keyArn}`), 252)
  assert.equal(await run('discovery=true', 'discovery-partition=aws'), 252)
  assert.equal(await run('region=eu-central-1'), 252)
})

test('a suffix is appended as given; alone, nothing is', async () => {
  mkdirSync(scene.at('suffixed'))
  const flags = ['-S', '-i', 'plain', '-o', 'suffixed', '-w', 'key=alias/app']
  assert.equal((await scene.run(['-e', ...flags, '--suffix', '.aws'])).code, 0)
  assert.equal((await scene.run(['-e', ...flags, '--suffix'])).code, 0)
  assert.ok(existsSync(scene.at('suffixed/plain.aws')) && existsSync(scene.at('suffixed/plain')))
})

test('arguments come from files, with quotes, comments and variables', async () => {
  const words = String.raw`-c "two words=a b" 'q=1' e=a\ b h=a#b "d=\"\n" 's=it\'s'  # end`
  scene.write('args', `# how\n-S --wrapping-keys key=$KEY\n${words}\n`)
  const env = { KEY: 'alias/app' }
  const ran = await scene.run(['-e', '@args', '-i', 'plain', '-o', 'from-args'], { env })
  assert.equal(ran.code, 0, ran.err)
  const { text } = await scene.run(['inspect', '--json', 'from-args'])
  const { encryptionContext } = JSON.parse(text)
  assert.equal(encryptionContext['two words'], 'a b')
  const { q, e, h, d, s } = encryptionContext
  assert.deepEqual({ q, e, h, d, s }, { q: '1', e: 'a b', h: 'a#b', d: '"\\n', s: "it's" })
  scene.write('open', "-c 'a=b")
  assert.match((await scene.run(['encrypt', '@open'])).err, /file open a quote is left open/)
  scene.write('circle', '@circle')
  assert.match((await scene.run(['encrypt', '@circle'])).err, /name each other without an end/)
  assert.match((await scene.run(['encrypt', '@gone'])).err, /argument file gone cannot be read/)
})

test('every suite goes by its name in AWS’s command line', async () => {
  const names = ['AES_128_GCM_IV12_TAG16', 'AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384']
  const policy = ['--commitment-policy', 'forbid-encrypt-allow-decrypt']
  for (const name of names) {
    const flags = ['-i', 'plain', '-o', 'suite', '-w', 'key=alias/app', '--algorithm', name]
    const ran = await scene.run(['-e', '-S', ...flags, ...policy])
    assert.equal(ran.code, 0, ran.err)
    const { algorithm } = JSON.parse((await scene.run(['inspect', '--json', 'suite'])).text)
    assert.match(algorithm, new RegExp(`^ALG_${name}(?:_NO_KDF)?$`))
  }
})

test('on Windows the backquote escapes, and paths keep their backslashes', () => {
  assert.deepEqual(splitWords('-i C:\\a\\b "c`"d" `#e', '`'), ['-i', 'C:\\a\\b', 'c"d', '#e'])
})

test('the mode may be joined to other flags, or be shortened', async () => {
  const key = ['-w', 'key=alias/app']
  const unsigned = ['--algorithm', 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY']
  const encrypted = await scene.run(['-Se', '-i', 'plain', '-o', 'joined', ...key, ...unsigned])
  assert.equal(encrypted.code, 0, encrypted.err)
  for (const mode of [['-dSb'], ['-bd'], ['-S', '--decrypt-u']]) {
    const decrypted = await scene.run([...mode, '-i', 'joined', '-o', '-', ...key])
    assert.deepEqual(decrypted.out, plain, decrypted.err)
  }
})

test('AWS’s other name of its provider is known, and a key may be named twice', async () => {
  const provider = 'provider=aws-encryption-sdk-cli::aws-kms'
  const flags = ['-w', provider, 'key=alias/app', 'key=alias/app']
  const ran = await scene.run(['-e', '-S', '-i', 'plain', '-o', 'provider', ...flags])
  assert.equal(ran.code, 0, ran.err)
})

test('with -i, -c takes pairs and bare names in any order', async () => {
  const key = ['-w', 'key=alias/app']
  await scene.run(['-e', '-S', '-i', 'plain', '-o', 'c', ...key, '-c', 'a=1', 'b=2', 'c=3'])
  const run = async (...words: string[]) =>
    (await scene.run(['-d', '-S', '-i', 'c', '-o', '-', ...key, '-c', ...words])).code
  assert.equal(await run('a', 'b=2', 'c'), 0)
  assert.equal(await run('a', 'b=2', 'd'), 255)
  assert.equal(await run('a', 'b=3', 'c'), 255)
})

test('flags that mean nothing when decrypting are taken as AWS takes them', async () => {
  const flags = ['--algorithm', 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY', '--frame-length', '1']
  const ran = await scene.run(['-d', '-i', 'c', '-o', '-', '-w', 'key=alias/app', ...flags])
  assert.deepEqual(ran.out, plain, ran.err)
})

const wrongLines: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['both modes', ['-e', '-d', '-i', 'x'], /-e and -d exclude each other/],
  ['a single dash before the mode', ['-encrypt', '-i', 'x'], /no -encrypt; is it --encrypt\?/],
  ['no mode', ['-i', 'x', '-o', 'y'], /give -e to encrypt, or -d or --decrypt-unsigned to/],
  ['a single dash', ['-e', '-input', 'x'], /there is no -input; is it --input\?/],
  ['a flag twice', ['-e', '-o', 'a', '-o', 'b', 'x'], /--output is given twice/],
  ['an ambiguous flag', ['-e', '--enc', '1'], /--enc could be --encode or --encryption-context/],
  ['an unknown flag', ['-e', '--nothing'], /there is no --nothing/],
  ['a flag of the other mode', ['-e', '--max-length', '1'], /--max-length belongs to keyhold dec/],
  ['no key', ['-e', '-i', 'plain', '-o', 'x'], /name a key: -k alias\/app, or -w key=…/],
  ['an unknown provider', ['-e', '-w', 'provider=p', '-i', 'plain'], /there is no provider p/],
  ['half a cache', ['-e', '--caching', 'capacity=1', '-i', 'p'], /needs capacity= and max_age=/],
  ['a wrong age', ['-e', '--caching', 'capacity=1', 'max_age=0'], /number of seconds above zero/],
  ['an unknown cache rule', ['-e', '--caching', 'size=1'], /--caching has no size=/],
  ['a frame of nothing', ['-e', '--frame-length', '0'], /--frame-length is a whole number of at/],
  ['an unknown suite', ['-e', '--algorithm', 'ROT13'], /--algorithm has no ROT13/],
  ['a bare context word', ['-e', '-c', 'word', '-i', 'x'], /takes NAME=VALUE; word is none/],
  [
    'a context word after pairs',
    ['-e', '-c', 'a=b', 'word', '-i', 'x'],
    /NAME=VALUE; word is none/,
  ],
  ['an empty value', ['-e', '-c', 'a=', '-i', 'x'], /--encryption-context takes NAME=VALUE; a= is/],
  [
    'an empty key',
    ['-e', '-w', 'key=', '-i', 'plain'],
    /--wrapping-keys takes NAME=VALUE; key= is/,
  ],
  ['discovery to encrypt', ['-e', '-w', 'discovery=no', 'key=k', '-i', 'x'], /is for decryption/],
  ['an odd word for discovery', ['-d', '-w', 'discovery=maybe'], /is true or false; not maybe/],
  ['a file for a tree', ['-e', '-w', 'key=k', '-i', 'p*', '-o', 'f'], /a directory that exists/],
]

for (const [what, line, sentence] of wrongLines) {
  test(`${what} on the command line is refused as a mistake of usage`, async () => {
    const ran = await scene.run(line)
    assert.equal(ran.code, 252, ran.err)
    assert.match(ran.err, sentence)
    assert.equal(ran.text, '')
  })
}
