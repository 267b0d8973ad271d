/** Names and numbers of Cryptoki, the interface of PKCS #11 (OASIS, version 2.40), as far as used. */

/** Places of the functions in CK_FUNCTION_LIST, counted from 0 after its version. */
export const functionIndex = {
  C_Initialize: 0,
  C_Finalize: 1,
  C_GetSlotList: 4,
  C_GetTokenInfo: 6,
  C_GetMechanismInfo: 8,
  C_OpenSession: 12,
  C_CloseAllSessions: 14,
  C_Login: 18,
  C_DestroyObject: 22,
  C_FindObjectsInit: 26,
  C_FindObjects: 27,
  C_FindObjectsFinal: 28,
  C_EncryptInit: 29,
  C_Encrypt: 30,
  C_DecryptInit: 33,
  C_Decrypt: 34,
  C_GenerateKey: 58,
  C_GenerateRandom: 64,
} as const
export type FunctionName = keyof typeof functionIndex
export const functionCount = 68

export const flags = {
  readWriteSession: 0x2,
  serialSession: 0x4,
  userPinInitialized: 0x8,
  tokenInitialized: 0x400,
  userPinLocked: 0x4_0000,
} as const

export const userType = 1

export const mechanisms = { aesKeyGen: 0x1080, aesGcm: 0x1087 } as const

export const attributes = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  valueLength: 0x161,
  extractable: 0x162,
} as const

export const secretKeyClass = 0x4
export const aesKeyType = 0x1f

/** Return values that mean something here; any other is a failure of the token. */
export const returnValues = {
  ok: 0x0,
  slotIdInvalid: 0x3,
  generalError: 0x5,
  functionFailed: 0x6,
  deviceRemoved: 0x32,
  encryptedDataInvalid: 0x40,
  encryptedDataLengthRange: 0x41,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLengthRange: 0xa2,
  pinLocked: 0xa4,
  sessionClosed: 0xb0,
  sessionHandleInvalid: 0xb3,
  tokenNotPresent: 0xe0,
  tokenNotRecognized: 0xe1,
  userAlreadyLoggedIn: 0x100,
  userNotLoggedIn: 0x101,
  userPinNotInitialized: 0x102,
} as const
