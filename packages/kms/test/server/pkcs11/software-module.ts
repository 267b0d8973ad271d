import { createCipheriv, createDecipheriv, randomBytes, randomFillSync } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  attributes,
  flags,
  functionCount,
  functionIndex,
  type FunctionName,
  mechanisms,
  returnValues,
} from '../../../src/server/pkcs11/cryptoki.ts'
import type { Ffi } from '../../../src/server/pkcs11/module.ts'

/**
 * A foreign function interface with a PKCS #11 module of its own behind it, in place of both: memory
 * has made-up addresses, and the functions are JavaScript. Its token is a directory, so that it
 * outlives the process; a key named `crash` or `hang` does that, and one named `forget` ends sessions.
 */
let directory = ''
const pin = '4711'
const memories = new Map<bigint, Uint8Array>()
let newest = 0x1000n
const addresses = new WeakMap<Uint8Array, bigint>()

const address = (memory: Uint8Array): bigint => {
  const known = addresses.get(memory)
  if (known !== undefined) return known
  newest += 0x1_0000n
  addresses.set(memory, newest)
  memories.set(newest, memory)
  return newest
}
const at = (pointer: bigint, length?: bigint): Buffer => {
  const memory = memories.get(pointer) ?? new Uint8Array(0)
  return Buffer.from(memory.buffer, memory.byteOffset, Number(length ?? memory.length))
}
const word = (memory: Buffer, index: number): bigint => memory.readBigUInt64LE(index * 8)
const put = (pointer: bigint, value: number): void => {
  at(pointer).writeBigUInt64LE(BigInt(value))
}

const names = (): string[] => {
  const file = `${directory}/keys`
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}
const keyOf = (handle: bigint): Buffer =>
  readFileSync(`${directory}/${names()[Number(handle) - 1]}`)

const labelOf = (template: bigint, count: bigint): string => {
  const words = at(template)
  for (let index = 0; index < Number(count); index += 1)
    if (word(words, index * 3) === BigInt(attributes.label))
      return at(word(words, index * 3 + 1), word(words, index * 3 + 2)).toString()
  return ''
}

let isLoggedIn = false
let found: number | undefined
let operation: { readonly iv: Buffer; readonly aad: Buffer; readonly key: Buffer } | undefined

const begin = (mechanism: bigint, handle: bigint): void => {
  const parameters = at(word(at(mechanism), 1))
  operation = {
    iv: Buffer.from(at(word(parameters, 0), word(parameters, 1))),
    aad: Buffer.from(at(word(parameters, 3), word(parameters, 4))),
    key: keyOf(handle),
  }
}
const requireOperation = (): NonNullable<typeof operation> => {
  if (operation === undefined) throw new Error('no operation')
  return operation
}

type Work = (...words: readonly bigint[]) => number | undefined
const nothing: Work = () => undefined
const signedIn =
  (work: Work): Work =>
  (...words) =>
    isLoggedIn ? work(...words) : returnValues.userNotLoggedIn

const works: { readonly [N in FunctionName]: Work } = {
  C_Initialize: nothing,
  C_Finalize: nothing,
  C_GetSlotList: (_present, slots = 0n, count = 0n) => {
    at(slots).writeBigUInt64LE(7n)
    put(count, 1)
    return undefined
  },
  C_GetTokenInfo: (_slot, info = 0n) => {
    const bytes = at(info)
    bytes.fill(' ', 0, 96)
    bytes.write('software')
    const state = existsSync(`${directory}/locked`) ? flags.userPinLocked : 0
    bytes.writeBigUInt64LE(BigInt(flags.tokenInitialized | flags.userPinInitialized | state), 96)
    return undefined
  },
  C_GetMechanismInfo: (_slot, mechanism) =>
    mechanism === BigInt(mechanisms.aesGcm) && existsSync(`${directory}/no-gcm`) ? 0x70 : undefined,
  C_OpenSession: (_slot, _flags, _application, _notify, handle = 0n) => {
    put(handle, 1)
    return undefined
  },
  C_CloseAllSessions: nothing,
  C_Login: (_session, _user, given = 0n, length = 0n) => {
    if (at(given, length).toString() !== pin) return returnValues.pinIncorrect
    appendFileSync(`${directory}/logins`, '.')
    isLoggedIn = true
    return undefined
  },
  C_DestroyObject: signedIn((_session, handle = 0n) => {
    const kept = names().map((name, index) => (index === Number(handle) - 1 ? 'destroyed' : name))
    writeFileSync(`${directory}/keys`, kept.map((name) => `${name}\n`).join(''))
    return undefined
  }),
  C_FindObjectsInit: signedIn((_session, template = 0n, count = 0n) => {
    const index = names().indexOf(labelOf(template, count))
    found = index === -1 ? undefined : index + 1
    return undefined
  }),
  C_FindObjects: (_session, handle = 0n, _max, count = 0n) => {
    put(count, found === undefined ? 0 : 1)
    put(handle, found ?? 0)
    return undefined
  },
  C_FindObjectsFinal: nothing,
  C_EncryptInit: signedIn((_session, mechanism = 0n, handle = 0n) => {
    begin(mechanism, handle)
    return undefined
  }),
  C_Encrypt: (_session, input = 0n, length = 0n, out = 0n, outLength = 0n) => {
    const { iv, aad, key } = requireOperation()
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad)
    const bytes = Buffer.concat([cipher.update(at(input, length)), cipher.final()])
    const whole = Buffer.concat([bytes, cipher.getAuthTag()])
    at(out).set(whole)
    put(outLength, whole.length)
    return undefined
  },
  C_DecryptInit: signedIn((_session, mechanism = 0n, handle = 0n) => {
    begin(mechanism, handle)
    return undefined
  }),
  C_Decrypt: (_session, input = 0n, length = 0n, out = 0n, outLength = 0n) => {
    const { iv, aad, key } = requireOperation()
    const whole = at(input, length)
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(aad)
    decipher.setAuthTag(whole.subarray(-16))
    try {
      const bytes = Buffer.concat([decipher.update(whole.subarray(0, -16)), decipher.final()])
      at(out).set(bytes)
      put(outLength, bytes.length)
      return undefined
    } catch {
      return returnValues.generalError
    }
  },
  C_GenerateKey: signedIn((_session, _mechanism, template = 0n, count = 0n) => {
    const name = labelOf(template, count)
    if (name === 'crash') process.kill(process.pid, 'SIGSEGV')
    if (name === 'hang') for (;;);
    if (name === 'forget') {
      isLoggedIn = existsSync(`${directory}/forgotten`)
      writeFileSync(`${directory}/forgotten`, '')
      if (!isLoggedIn) return returnValues.sessionHandleInvalid
    }
    writeFileSync(`${directory}/${name}`, randomBytes(32))
    appendFileSync(`${directory}/keys`, `${name}\n`)
    return undefined
  }),
  C_GenerateRandom: (_session, out = 0n, length = 0n) => {
    randomFillSync(at(out, length))
    return undefined
  },
}

const byPointer = new Map(
  Object.entries(works).map(([name, work]) => [
    BigInt(functionIndex[name as FunctionName] + 1),
    work,
  ]),
)

const ffi: Ffi = {
  load: (path) => {
    if (!existsSync(path)) throw new Error('cannot open shared object file')
    directory = path
    return { func: () => () => returnValues.ok }
  },
  view: () => {
    const list = new DataView(new ArrayBuffer(8 + functionCount * 8))
    for (const pointer of byPointer.keys())
      list.setBigUint64(8 + (Number(pointer) - 1) * 8, pointer, true)
    return list.buffer
  },
  proto: () => undefined,
  call: (pointer, _prototype, ...words) => byPointer.get(pointer)?.(...(words as bigint[])) ?? 0,
  address,
}

export default ffi
