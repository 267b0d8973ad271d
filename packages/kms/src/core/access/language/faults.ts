import { KmsError } from '../../../api/errors.ts'
import type { PolicyKind } from './document.ts'

/** What can be wrong with a policy, apart from what a text has to quote. */
type Fault =
  | 'json'
  | 'syntax'
  | 'version'
  | 'noStatement'
  | 'sidForm'
  | 'sidTwice'
  | 'noEffect'
  | 'noPrincipal'
  | 'emptyPrincipal'
  | 'principalForm'
  | 'notPrincipal'
  | 'noActions'
  | 'noResources'
  | 'resourceForbidden'
  | 'notResourceForbidden'

const sidForm =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular ' +
  'expression [0-9A-Za-z]*'
const notPrincipal = 'Allow with NotPrincipal is not allowed.'

/** IAM's texts for the policies of identities, as real IAM is known to say them. */
const identityTexts: Readonly<Record<Fault, string>> = {
  json: 'Syntax errors in policy.',
  syntax: 'Syntax errors in policy.',
  version: 'Policy document must be version 2012-10-17 or greater.',
  noStatement: 'Syntax errors in policy.',
  sidForm,
  sidTwice: 'Statement IDs (SID) in a single policy must be unique.',
  noEffect: 'Syntax errors in policy.',
  noPrincipal: 'Policy document should not specify a principal.',
  emptyPrincipal: 'Policy document should not specify a principal.',
  principalForm: 'Policy document should not specify a principal.',
  notPrincipal: 'Policy document should not specify a principal.',
  noActions: 'Policy statement must contain actions.',
  noResources: 'Policy statement must contain resources.',
  resourceForbidden: 'Syntax errors in policy.',
  notResourceForbidden: 'Syntax errors in policy.',
}

const texts: Readonly<Record<PolicyKind, Readonly<Record<Fault, string>>>> = {
  identity: identityTexts,
  session: identityTexts,
  trust: {
    json: 'This policy contains invalid Json',
    syntax: 'Syntax error in policy.',
    version: 'The policy must contain a valid version string',
    noStatement: 'Could not parse the policy: Statement is empty!',
    sidForm,
    sidTwice: 'The Statement Ids in the policy are not unique',
    noEffect: 'Missing required field Effect',
    noPrincipal: 'Missing required field Principal',
    emptyPrincipal: 'Missing required field Principal cannot be empty!',
    principalForm: 'Principal must be a JSON object.',
    notPrincipal: 'AssumeRole policy must not contain NotPrincipal field.',
    noActions: 'Missing required field Action',
    noResources: 'Syntax error in policy.',
    resourceForbidden: 'Has prohibited field Resource',
    notResourceForbidden: 'AssumeRole policy must not contain resources.',
  },
  // Of KMS only the texts about principals are known; the others are Keyhold's own.
  key: {
    json: 'Policy contains invalid json',
    syntax: 'Policy contains a syntax error.',
    version: 'Policy contains an unknown version.',
    noStatement: 'Policy contains no statement.',
    sidForm: 'Policy contains a statement with an invalid Sid.',
    sidTwice: 'Policy contains two statements with the same Sid.',
    noEffect: 'Policy contains a statement without a valid Effect.',
    noPrincipal: 'Policy contains a statement with no principal.',
    emptyPrincipal: 'Policy contains a statement with no principal.',
    principalForm: 'Policy contains a statement with one or more invalid principals.',
    notPrincipal,
    noActions: 'Policy contains a syntax error.',
    noResources: 'Policy contains a syntax error.',
    resourceForbidden: 'Policy contains a syntax error.',
    notResourceForbidden: 'Policy contains a syntax error.',
  },
}

export const malformed = (text: string, cause?: unknown): KmsError =>
  new KmsError('MalformedPolicyDocumentException', text, { cause })

/** The refusal of a policy in the words of the service that this kind of policy belongs to. */
export const policyFault = (kind: PolicyKind, fault: Fault, cause?: unknown): KmsError =>
  malformed(texts[kind][fault], cause)

/** A principal that does not exist, or could not. */
export const invalidPrincipal = (kind: PolicyKind, type: string, text: string): KmsError =>
  kind === 'trust'
    ? malformed(`Invalid principal in policy: "${type.toUpperCase()}":"${text}"`)
    : policyFault(kind, 'principalForm')
