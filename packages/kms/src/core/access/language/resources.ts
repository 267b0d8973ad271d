import type { JsonObject } from '../../../api/json.ts'
import { hasVariables, parseTemplate } from '../matching/template.ts'
import type { PatternElement } from './document.ts'
import { malformed, policyFault } from './faults.ts'
import { elementOf, textsOf } from './json-element.ts'
import type { StatementSyntax } from './statement.ts'

/**
 * Reads Resource or NotResource. A trust policy has none; a key policy may leave it out, and then
 * the statement has no effect, as AWS documents.
 */
export const parseResources = (
  { kind, variables }: StatementSyntax,
  statement: JsonObject,
): PatternElement | undefined => {
  if (kind === 'trust') {
    if (statement.has('Resource')) throw policyFault(kind, 'resourceForbidden')
    if (statement.has('NotResource')) throw policyFault(kind, 'notResourceForbidden')
    return undefined
  }
  const element = elementOf(statement, 'Resource')
  const patterns = element === undefined ? [] : textsOf(element.value)
  if (patterns === undefined) throw policyFault(kind, 'syntax')
  if (element === undefined || patterns.length === 0) {
    if (kind !== 'key') throw policyFault(kind, 'noResources')
    return undefined
  }
  for (const pattern of patterns) {
    requireArn(pattern)
    if (!isReadable(pattern, variables)) throw policyFault(kind, 'syntax')
  }
  return { negated: element.negated, patterns }
}

const partitions = new Set(['*', 'aws', 'aws-cn', 'aws-us-gov'])

/** The texts are IAM's; what KMS says of a resource in a key policy is not known. */
const requireArn = (pattern: string): void => {
  if (pattern === '*') return
  if (!pattern.includes(':')) throw malformed(`Resource ${pattern} must be in ARN format or "*".`)
  const [arn, partition = '', service = '', ...rest] = pattern.split(':')
  if (arn !== 'arn' || !partitions.has(partition))
    throw malformed(
      `Partition "${partition}" is not valid for resource ` +
        `"${['arn', partition, service, ...rest].join(':')}".`,
    )
  if (!/^[a-zA-Z0-9-]+$/.test(service))
    throw malformed('Resource vendor must be fully qualified and cannot contain regexes.')
}

/** Variables may stand in "the resource portion of the ARN" alone, behind the fifth colon. */
const isReadable = (pattern: string, variables: boolean): boolean => {
  const syntax = { variables, wildcards: true }
  const head = parseTemplate(pattern.split(':').slice(0, 5).join(':'), syntax)
  return head !== undefined && !hasVariables(head) && parseTemplate(pattern, syntax) !== undefined
}
