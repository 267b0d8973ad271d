import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import { parseSegmentName, segmentFileName } from '../../../src/server/sinks/segments.ts'
import { lineOf } from './fake-files.ts'

const first = segmentFileName({ ordinal: 1, changeSeq: 0 })
const options = { reserveBytes: 4096 }

const directory = async (t: TestContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-audit-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

/** A directory whose only segment holds `text`. */
const holding = async (t: TestContext, text: string, name = first): Promise<string> => {
  const path = await directory(t)
  await writeFile(join(path, name), text, { mode: 0o600 })
  return path
}

test('a name of a segment reads back, and no other name does', () => {
  const name = { ordinal: 12, changeSeq: Number.MAX_SAFE_INTEGER }
  assert.deepEqual(parseSegmentName(segmentFileName(name)), name)
  for (const other of ['reserve', `${first}.gz`, `x${first}`, 'audit-1-0.jsonl']) {
    assert.equal(parseSegmentName(other), undefined)
  }
})

test('a new log is a directory and files that nobody else can read', async (t) => {
  const path = join(await directory(t), 'deep', 'audit')
  const log = await openAuditLog(path, options)
  await log.append(lineOf(1))
  await log.close()
  assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.deepEqual((await readdir(path)).sort(), [first, 'journal', 'reserve'])
  for (const name of [first, 'journal', 'reserve']) {
    assert.equal((await stat(join(path, name))).mode & 0o777, 0o600)
  }
  const reserve = await stat(join(path, 'reserve'))
  assert.ok(reserve.blocks * 512 >= 4096, 'the reserve occupies blocks')
  assert.equal(await readFile(join(path, first), 'utf8'), `${lineOf(1)}\n`)
})

test('a line without an end is cut off when the log is opened', async (t) => {
  const path = await holding(t, `${lineOf(1)}\n${lineOf(2, 7)}\n{"id":3`)
  const log = await openAuditLog(path, options)
  assert.equal(log.cutBytes, 7)
  assert.equal(log.lastChangeSeq(), 7)
  await log.append(lineOf(4))
  await log.close()
  const text = await readFile(join(path, first), 'utf8')
  assert.equal(text, `${lineOf(1)}\n${lineOf(2, 7)}\n${lineOf(4)}\n`)
})

test('a segment of nothing but an unfinished line is emptied', async (t) => {
  const log = await openAuditLog(await holding(t, '{"id":'), options)
  assert.equal(log.cutBytes, 6)
  assert.equal(log.lastChangeSeq(), 0)
  await log.close()
})

test('the newest change is found however far back it lies', async (t) => {
  const filler = `${JSON.stringify({ id: 2, pad: 'p'.repeat(150_000) })}\n`.repeat(20)
  for (const before of ['', `${lineOf(0, 3)}\n`, `${'x'.repeat(1_200_000)}\n`]) {
    const path = await holding(t, `${before}${lineOf(1, 9)}\n${filler}`)
    const log = await openAuditLog(path, options)
    assert.equal(log.lastChangeSeq(), 9)
    await log.close()
  }
})

test('the name of the newest segment says of which change the older ones tell', async (t) => {
  const path = await holding(t, '', segmentFileName({ ordinal: 2, changeSeq: 41 }))
  await writeFile(join(path, first), `${lineOf(1, 41)}\n`)
  const log = await openAuditLog(path, options)
  assert.equal(log.lastChangeSeq(), 41)
  await log.close()
})

test('no caller can pretend a change, and a damaged line is passed over', async (t) => {
  const pretended = [
    { requestParameters: { encryptionContext: { changeSeq: 999 } } },
    { additionalEventData: { changeSeq: '999' } },
    { changeSeq: 999 },
    { userAgent: '"additionalEventData":{"changeSeq":999}' },
    [{ additionalEventData: { changeSeq: 999 } }],
  ]
  const lines = pretended.map((line) => `${JSON.stringify(line)}\n`).join('')
  const damaged = '{"additionalEventData":{"changeSeq":999}\n'
  const path = await holding(t, `${lineOf(1, 5)}\n${lines}${damaged}`)
  const log = await openAuditLog(path, options)
  assert.equal(log.lastChangeSeq(), 5)
  await log.close()
})

test('a segment that is a symbolic link is refused', async (t) => {
  const target = await holding(t, '', 'elsewhere')
  const path = await directory(t)
  await symlink(join(target, 'elsewhere'), join(path, first))
  await assert.rejects(openAuditLog(path, options), { code: 'ELOOP' })
})
