import type { JsonValue } from '../../../api/json.ts'
import { conditionKeyOf } from '../conditions/keys.ts'
import { type OperatorUse, operators, parseOperator } from '../conditions/operators.ts'
import { parseBool } from '../conditions/other-operators.ts'
import type { ConditionEntry } from './document.ts'
import { malformed, policyFault } from './faults.ts'
import { listOf, objectOf } from './json-element.ts'
import type { StatementSyntax } from './statement.ts'

/** Reads the Condition element: operators, their keys, and the values of each. */
export const parseConditions = (
  syntax: StatementSyntax,
  value: JsonValue | undefined,
): readonly ConditionEntry[] => {
  if (value === undefined) return []
  const entries: ConditionEntry[] = []
  for (const [operatorText, keys] of requireObject(syntax, value)) {
    const operator = parseOperator(operatorText)
    if (operator === undefined) throw policyFault(syntax.kind, 'syntax')
    for (const [key, listed] of requireObject(syntax, keys)) {
      requireKey(syntax, key, operator)
      const values = listOf(listed).map((item) => textOf(syntax, item))
      if (values.length === 0 || !values.every((text) => isPossible(operator, text, syntax)))
        throw policyFault(syntax.kind, 'syntax')
      entries.push({ operator, operatorText, key, values })
    }
  }
  return entries
}

const requireObject = (syntax: StatementSyntax, value: JsonValue) => {
  const object = objectOf(value)
  if (object === undefined) throw policyFault(syntax.kind, 'syntax')
  return object
}

/** "Quotation marks are optional for numeric and Boolean values." */
const textOf = ({ kind }: StatementSyntax, value: JsonValue): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  // A number that was rounded when it was read would compare as another one.
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value)
  throw policyFault(kind, 'syntax')
}

const isPossible = (operator: OperatorUse, text: string, { variables }: StatementSyntax): boolean =>
  operator.name === 'Null'
    ? parseBool(text) !== undefined
    : operators[operator.name].compile(text, variables) !== undefined

const requireKey = ({ kind }: StatementSyntax, key: string, operator: OperatorUse): void => {
  if (!/^[^:]+:./.test(key))
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  if (kind !== 'key') return
  const row = conditionKeyOf(key)
  if (row?.identityPoliciesOnly === true) throw malformed(notInKeyPolicies)
  if (row?.forAllValues === 'refused' && isForAll(operator)) throw malformed(overlyPermissive(key))
}

const isForAll = (operator: OperatorUse): boolean =>
  operator.name !== 'Null' && operator.qualifier === 'ForAllValues'

/** As KMS says it, whichever of them the policy has. */
const notInKeyPolicies =
  'These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, ' +
  'kms:ResourceAliases'

/** Developer Guide, "Using set operators with condition keys". */
const overlyPermissive = (key: string): string => {
  const [name, where] = /^kms:/i.test(key)
    ? ['encryption context', ':EncryptionContext']
    : ['tag', '']
  return (
    `OverlyPermissiveCondition${where}: Using the ForAllValues set operator with a single-valued ` +
    `condition key matches requests without the specified ${name} or with an unspecified ${name}. ` +
    'To fix, remove ForAllValues.'
  )
}
