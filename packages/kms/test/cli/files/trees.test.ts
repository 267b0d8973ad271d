import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import test from 'node:test'
import { Scene } from './scene.ts'

const scene = await Scene.open()
const decrypt = ['decrypt', '-k', 'alias/app']
const names = Array.from({ length: 50 }, (_, index) => `${index % 5}/file-${index}`)
for (const name of names) scene.write(`tree/${name}`, 500)

test('a tree comes back as it was', async () => {
  for (const name of ['safe', 'back']) mkdirSync(scene.at(name))
  const encrypted = await scene.run(['encrypt', '-k', 'alias/app', '-r', 'tree', '-o', 'safe'])
  assert.equal(encrypted.code, 0, encrypted.err)
  const decrypted = await scene.run([...decrypt, '-r', 'safe', '-o', 'back', '-j', '16'])
  assert.equal(decrypted.code, 0, decrypted.err)
  for (const name of names) assert.deepEqual(scene.read(`back/${name}`), scene.read(`tree/${name}`))
})

test('directories of a tree are as private as those that they are made after', async () => {
  scene.write('closed/a/b/c', 'secret')
  for (const [name, mode] of [
    ['closed/a', 0o700],
    ['closed/a/b', 0o550],
  ] as const)
    chmodSync(scene.at(name), mode)
  const modeOf = (name: string): number => statSync(scene.at(name)).mode & 0o777
  for (const name of ['closed-safe', 'closed-back']) mkdirSync(scene.at(name))
  const flags = ['-k', 'alias/app', '-r', 'closed', '-o', 'closed-safe']
  assert.equal((await scene.run(['encrypt', ...flags])).code, 0)
  assert.equal((await scene.run([...decrypt, '-r', 'closed-safe', '-o', 'closed-back'])).code, 0)
  // Whoever ends the test has to be able to remove it.
  chmodSync(scene.at('closed/a/b'), 0o700)
  const modes = [0o700, 0o750 & ~process.umask()]
  for (const folder of ['closed-safe', 'closed-back'])
    assert.deepEqual([modeOf(`${folder}/a`), modeOf(`${folder}/a/b`)], modes)
})

test('with a cache, many files are encrypted under few data keys', async () => {
  mkdirSync(scene.at('cached'))
  const caching = ['--caching', 'capacity=1', 'max_age=300', 'max_messages_encrypted=20']
  const flags = ['-k', 'alias/app', '-r', '-o', 'cached', '--json', 'tree', ...caching]
  const ran = await scene.run(['encrypt', ...flags])
  assert.equal(ran.code, 0, ran.err)
  const events = ran.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { keyCalls, keyCallsSaved, done } = events.at(-1)
  assert.deepEqual([done, keyCalls, keyCallsSaved], [50, 3, 47])
})

test('files of a tree that are encrypted already are left as they are', async () => {
  for (const name of ['a', 'b']) scene.write(`beside/${name}`)
  for (let time = 0; time < 2; time++)
    assert.equal((await scene.run(['encrypt', '-f', '-k', 'alias/app', '-r', 'beside'])).code, 0)
  assert.deepEqual(readdirSync(scene.at('beside')).sort(), ['a', 'a.keyhold', 'b', 'b.keyhold'])
})

test('one bad file ends the run, unless it is to go on; both tell it and fail', async () => {
  for (const name of ['a', 'b', 'c', 'd']) scene.write(`mixed/${name}`)
  await scene.run(['encrypt', '-k', 'alias/app', '-r', 'mixed'])
  scene.write('mixed/b.keyhold', 'no message')
  mkdirSync(scene.at('out'))
  const flags = ['-j', '1', '-i', 'mixed/*.keyhold', '-o', 'out', '--suffix']
  const ended = await scene.run([...decrypt, ...flags])
  assert.equal(ended.code, 255)
  assert.match(ended.err, /mixed\/b\.keyhold: This is not an encrypted message/)
  assert.match(ended.err, /decrypted 1 of 4 files, 1 failed, 2 not tried/)
  const went = await scene.run([...decrypt, '--continue-on-error', ...flags])
  assert.equal(went.code, 255)
  assert.match(went.err, /decrypted 3 of 4 files, 1 failed/)
  assert.ok(!existsSync(scene.at('out/b.keyhold')))
  const verified = await scene.run(['verify', '--discovery', 'mixed/*.keyhold'])
  assert.equal(verified.code, 255)
  assert.match(verified.err, /verified 3 of 4 files, 1 failed/)
})

test('a directory without -r, and a path that is not there, are skipped and told', async () => {
  const ran = await scene.run(['encrypt', '-k', 'alias/app', 'tree', 'nothing'])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /tree: skipped: it is a directory; -r goes into it/)
  assert.match(ran.err, /nothing: skipped: there is no such file/)
})

// Other systems do not let such a name be.
const isLinux = process.platform === 'linux'
test(
  'a file whose name cannot be told is skipped, and the others are not',
  { skip: !isLinux },
  async () => {
    scene.write('odd/good')
    const path = Buffer.concat([Buffer.from(scene.at('odd/bad')), Buffer.of(0xff, 0xfe)])
    writeFileSync(path, 'x')
    mkdirSync(scene.at('odd-out'))
    const ran = await scene.run(['encrypt', '-k', 'alias/app', '-r', 'odd', '-o', 'odd-out'])
    assert.equal(ran.code, 255)
    assert.match(ran.err, /bad\ufffd+: skipped: its name is not in UTF-8/)
    assert.deepEqual(readdirSync(scene.at('odd-out')), ['good.keyhold'])
  },
)

test('a single path that is not there is told as such, whatever -o is', async () => {
  const ran = await scene.run(['encrypt', '-k', 'alias/app', '-i', 'nothing', '-o', 'x'])
  assert.equal(ran.code, 255)
  assert.match(ran.err, /nothing: skipped: there is no such file/)
})

test('what several patterns and directories mean is read once', async () => {
  for (const name of ['a', 'b/c']) scene.write(`once/${name}`)
  symlinkSync(scene.at('nowhere'), scene.at('once/broken'))
  mkdirSync(scene.at('once-out'))
  const flags = ['-k', 'alias/app', '-r', '-o', 'once-out', 'once/**', 'once', 'once/b/c']
  const ran = await scene.run(['encrypt', ...flags])
  assert.match(ran.err, /once\/broken: skipped: it is a symbolic link to nothing/)
  assert.match(ran.err, /encrypted 2 of 2 files, 1 skipped/)
  assert.deepEqual(readdirSync(scene.at('once-out')).sort(), ['a.keyhold', 'b'])
})

test('links to files are followed, left out, or refused, as --symlinks says', async () => {
  scene.write('elsewhere', 'linked')
  scene.write('linked/file')
  symlinkSync(scene.at('elsewhere'), scene.at('linked/link'))
  symlinkSync(scene.at('tree'), scene.at('linked/folder'))
  const run = async (policy: string) => {
    const output = `links-${policy}`
    mkdirSync(scene.at(output))
    const flags = ['-r', 'linked', '-o', output, '--symlinks', policy]
    const { code } = await scene.run(['encrypt', '-k', 'alias/app', ...flags])
    return [code, readdirSync(scene.at(output)).sort()]
  }
  // A link to a directory is no file in any case: it is never followed.
  assert.deepEqual(await run('follow'), [255, ['file.keyhold', 'link.keyhold']])
  assert.deepEqual(await run('skip'), [0, ['file.keyhold']])
  assert.deepEqual(await run('fail'), [255, ['file.keyhold']])
})

test('two inputs never share an output, and no output is an input', async () => {
  mkdirSync(scene.at('one'))
  scene.write('x/same')
  scene.write('y/same')
  const both = await scene.run(['encrypt', '-k', 'alias/app', 'x/same', 'y/same', '-o', 'one'])
  assert.equal(both.code, 252)
  assert.match(both.err, /x\/same and y\/same would both be written to/)
  const self = await scene.run(['encrypt', '-k', 'alias/app', 'x/same', '-o', 'x/same'])
  assert.equal(self.code, 252)
  assert.match(self.err, /x\/same is an input and would be an output as well/)
  symlinkSync(scene.at('x/same'), scene.at('x/other-name'))
  const linked = await scene.run(['encrypt', '-k', 'alias/app', 'x/same', '-o', 'x/other-name'])
  assert.match(linked.err, /x\/same is an input and would be an output as well/)
})
