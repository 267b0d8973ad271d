/** What contestants are asked to do, and what they answer: lines of JSON, for any language. */

export type Operation = 'encrypt' | 'decrypt'

/** The suites that a program gets by default, with a signature and without one. */
export type Signing = 'signed' | 'unsigned'

/** How Keyhold takes a long message: as a Node stream, or from chunks into a function. */
export type Way = 'stream' | 'into'

/** One long message, given in pieces and taken by a sink that drops it. */
export type StreamShape = {
  readonly kind: 'stream'
  /** Absent: the program has one way only. */
  readonly way?: Way | undefined
  readonly plaintextBytes: number
  readonly pieceBytes: number
}

/** Whole messages, one after the other, for so long. */
export type MessagesShape = {
  readonly kind: 'messages'
  readonly plaintextBytes: number
  readonly durationMs: number
}

/** Where the data keys are wrapped: by a raw AES key in the process, or by a running service. */
export type Keys =
  | { readonly kind: 'raw' }
  | {
      readonly kind: 'kms'
      /** Whose client calls the service. */
      readonly client: 'keyhold' | 'aws-sdk'
      readonly endpoint: string
      readonly region: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly keyArn: string
    }

export type Work = {
  readonly operation: Operation
  readonly signing: Signing
  /** Absent: the program's own default. */
  readonly frameLength?: number | undefined
  /** Absent: the program's own default. Only Keyhold has such an option. */
  readonly concurrency?: number | undefined
  readonly shape: StreamShape | MessagesShape
  readonly keys: Keys
  /** Whether messages share data keys through the program's cache. */
  readonly isCached: boolean
}

export type Order =
  | { readonly kind: 'prepare'; readonly work: Work }
  /** Runs what was prepared: a sixteenth of it unmeasured, and then all of it. */
  | { readonly kind: 'turn' }

/** What one turn came to. Bytes are those of plaintext; times are of the whole process. */
export type Turn = {
  readonly bytes: number
  readonly messages: number
  readonly wallMs: number
  /** Of all threads, user and system. */
  readonly cpuMs: number
}

export type Reply = { readonly value: Turn | 'prepared' } | { readonly error: string }

/** The part of the work that goes before each turn, so that nothing is cold when the clock starts. */
export const warmUpShare: number = 1 / 16

/** How long a contestant runs before its first turn: what is compiled late is compiled by then. */
export const warmUpMs = 300

export const rawKeyBytes = 32
/** How many messages there are to decrypt, one after the other and again from the first. */
export const messageCount = (plaintextBytes: number): number => (plaintextBytes > 65_536 ? 4 : 64)
/** What every message says of its data. */
export const messageContext = { purpose: 'bench' }

/** The suites as AWS names them in its SDK for JavaScript; Keyhold and Python leave a part out. */
export const suiteNames = {
  unsigned: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
  signed: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
} as const
