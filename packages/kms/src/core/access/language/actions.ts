import type { JsonObject } from '../../../api/json.ts'
import { foldCase } from '../matching/fold-case.ts'
import type { PatternElement, PolicyKind } from './document.ts'
import { malformed, policyFault } from './faults.ts'
import { elementOf, textsOf } from './json-element.ts'

/**
 * Reads Action or NotAction. A key policy may leave them out: "if either of the required Resource
 * or Action elements are missing from a key policy statement, the policy statement has no effect".
 */
export const parseActions = (
  kind: PolicyKind,
  statement: JsonObject,
): PatternElement | undefined => {
  const element = elementOf(statement, 'Action')
  const patterns = element === undefined ? [] : textsOf(element.value)
  if (patterns === undefined) throw policyFault(kind, 'syntax')
  if (element === undefined || patterns.length === 0) {
    if (kind !== 'key') throw policyFault(kind, 'noActions')
    return undefined
  }
  for (const pattern of patterns) requireAction(kind, pattern)
  return { negated: element.negated, patterns }
}

/** What a trust policy can speak of; neither names with wildcards nor `*`. */
const trustActions = new Set(
  [
    'sts:AssumeRole',
    'sts:AssumeRoleWithWebIdentity',
    'sts:AssumeRoleWithSAML',
    'sts:TagSession',
    'sts:SetSourceIdentity',
    'sts:SetContext',
  ].map(foldCase),
)

/** The texts are IAM's; what KMS says of an action in a key policy is not known. */
const requireAction = (kind: PolicyKind, pattern: string): void => {
  if (kind === 'trust') {
    if (trustActions.has(foldCase(pattern))) return
    throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
  }
  if (pattern === '*') return
  const [vendor = '', name, ...more] = pattern.split(':')
  if (name === undefined || name === '')
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  if (more.length > 0) throw malformed('Actions/Condition can contain only one colon.')
  if (vendor !== '*' && !/^[a-zA-Z0-9.-]+$/.test(vendor))
    throw malformed(`Vendor ${vendor} is not valid`)
}
