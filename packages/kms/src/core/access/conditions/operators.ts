import { ipAddress } from './addresses.ts'
import {
  dateEquals,
  dateGreaterThan,
  dateGreaterThanEquals,
  dateLessThan,
  dateLessThanEquals,
} from './dates.ts'
import {
  numericEquals,
  numericGreaterThan,
  numericGreaterThanEquals,
  numericLessThan,
  numericLessThanEquals,
} from './numbers.ts'
import { negation, type Operator } from './operator.ts'
import { arnLike, binaryEquals, bool } from './other-operators.ts'
import { stringEquals, stringEqualsIgnoreCase, stringLike } from './strings.ts'

/** Every condition operator (IAM User Guide, "Condition operators") but Null, which has no values. */
export const operators = {
  StringEquals: stringEquals,
  StringNotEquals: negation(stringEquals),
  StringEqualsIgnoreCase: stringEqualsIgnoreCase,
  StringNotEqualsIgnoreCase: negation(stringEqualsIgnoreCase),
  StringLike: stringLike,
  StringNotLike: negation(stringLike),
  NumericEquals: numericEquals,
  NumericNotEquals: negation(numericEquals),
  NumericLessThan: numericLessThan,
  NumericLessThanEquals: numericLessThanEquals,
  NumericGreaterThan: numericGreaterThan,
  NumericGreaterThanEquals: numericGreaterThanEquals,
  DateEquals: dateEquals,
  DateNotEquals: negation(dateEquals),
  DateLessThan: dateLessThan,
  DateLessThanEquals: dateLessThanEquals,
  DateGreaterThan: dateGreaterThan,
  DateGreaterThanEquals: dateGreaterThanEquals,
  Bool: bool,
  BinaryEquals: binaryEquals,
  IpAddress: ipAddress,
  NotIpAddress: negation(ipAddress),
  ArnEquals: arnLike,
  ArnNotEquals: negation(arnLike),
  ArnLike: arnLike,
  ArnNotLike: negation(arnLike),
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators

/** How a request with several values for a key, or none, is compared. */
export type Qualifier = 'ForAllValues' | 'ForAnyValue'

export type OperatorUse =
  | { readonly name: 'Null' }
  | {
      readonly name: OperatorName
      readonly qualifier: Qualifier | undefined
      readonly ifExists: boolean
    }

const useForm =
  /^(?:(?<qualifier>ForAllValues|ForAnyValue):)?(?<name>[A-Za-z]+?)(?<ifExists>IfExists)?$/

/** Reads an operator as a policy writes it; `undefined` if there is none of that name. */
export const parseOperator = (text: string): OperatorUse | undefined => {
  // It asks whether there are values at all, so it can have neither a qualifier nor IfExists.
  if (text === 'Null') return { name: 'Null' }
  const parts = useForm.exec(text)?.groups
  if (parts === undefined || !Object.hasOwn(operators, parts['name']!)) return undefined
  return {
    name: parts['name'] as OperatorName,
    qualifier: parts['qualifier'] as Qualifier | undefined,
    ifExists: parts['ifExists'] !== undefined,
  }
}
