import { KmsError } from '../../api/errors.ts'

/** What a key spec means. Looked up once, where a name comes in; below that, code gets the row. */
export type KeySpecRow = {
  readonly name: 'SYMMETRIC_DEFAULT'
  readonly usages: readonly ['ENCRYPT_DECRYPT']
  readonly encryptionAlgorithms: readonly ['SYMMETRIC_DEFAULT']
  /** Whether DescribeKey repeats the name in the deprecated CustomerMasterKeySpec. */
  readonly legacyName: boolean
}

const keySpecs = {
  SYMMETRIC_DEFAULT: {
    name: 'SYMMETRIC_DEFAULT',
    usages: ['ENCRYPT_DECRYPT'],
    encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    legacyName: true,
  },
} as const satisfies Record<string, KeySpecRow>

export type BuiltKeySpec = keyof typeof keySpecs

export const keySpecRow = (name: BuiltKeySpec): KeySpecRow => keySpecs[name]

/** The row of a spec that a request names; one that is not built is refused, never replaced. */
export const requireKeySpec = (name: string): KeySpecRow => {
  if (!Object.hasOwn(keySpecs, name))
    throw new KmsError(
      'UnsupportedOperationException',
      `KeySpec ${name} is not supported by this service.`,
    )
  return keySpecs[name as BuiltKeySpec]
}
