import { runDeriveSharedSecret } from './ecdh.ts'
import { runDecapsulate } from './kem.ts'
import { isBriefToGenerate, isBriefToUse, runGenerateKeyPair } from './key-pairs.ts'
import { runDecrypt } from './oaep.ts'
import { isBriefToSign, isBriefToVerify, runSign, runVerify } from './sign.ts'

/** Each kind of work with a key pair. What it takes is plain data and key objects, which can be cloned. */
const kinds = {
  sign: runSign,
  verify: runVerify,
  decrypt: runDecrypt,
  deriveSharedSecret: runDeriveSharedSecret,
  decapsulate: runDecapsulate,
  generateKeyPair: runGenerateKeyPair,
}
type Kinds = typeof kinds

/** Work that may take long enough to be done away from the thread that answers requests. */
export type KeyTask = { [Kind in keyof Kinds]: Parameters<Kinds[Kind]>[0] }[keyof Kinds]

/** What a task gives; secrets in it are for its receiver to zero. */
export type KeyTaskResult<Task extends KeyTask> = ReturnType<Kinds[Task['kind']]>

/** Does the work here and now. Refusals that a client could cause were made before, by the handler. */
export const runKeyTask = <Task extends KeyTask>(task: Task): KeyTaskResult<Task> => {
  const run: (task: never) => ReturnType<Kinds[keyof Kinds]> = kinds[task.kind]
  return run(task as never) as KeyTaskResult<Task>
}

const brief: {
  readonly [Kind in keyof Kinds]: (task: Extract<KeyTask, { readonly kind: Kind }>) => boolean
} = {
  sign: isBriefToSign,
  verify: isBriefToVerify,
  decrypt: () => false,
  deriveSharedSecret: ({ privateKey }) => isBriefToUse(privateKey),
  decapsulate: ({ privateKey }) => isBriefToUse(privateKey),
  generateKeyPair: ({ spec }) => isBriefToGenerate(spec),
}

/** Whether a task is done so fast, in about 0.1 ms, that handing it to a thread would gain little. */
export const isBriefTask = (task: KeyTask): boolean => {
  const isBrief: (task: never) => boolean = brief[task.kind]
  return isBrief(task as never)
}
