import { KmsError } from '../../api/errors.ts'
import type { Place } from './arn.ts'

/** What the store holds of an alias. The row's parent is the row of the key that it points at. */
export type AliasRecord = {
  readonly region: string
  readonly account: string
  /** With its prefix `alias/`. */
  readonly name: string
  readonly targetKeyId: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export const aliasRowId = (place: Place, name: string): string =>
  `${place.region}/${place.account}/${name}`

/** Refuses what can be no alias; the characters were checked with the shape. */
export const requireAliasName = (name: string): void => {
  if (!name.startsWith('alias/'))
    throw new KmsError(
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  if (name === 'alias/' || name.includes(':'))
    throw new KmsError(
      'InvalidAliasNameException',
      `${name} contains invalid characters for an alias`,
    )
}

/** Names that AWS keeps for the keys of its own services. Only making or changing one is refused. */
export const refuseReservedAlias = (name: string): void => {
  if (/^alias\/aws(?:\/|$)/i.test(name)) throw new KmsError('NotAuthorizedException')
}
