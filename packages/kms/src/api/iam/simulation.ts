import {
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  required,
  structure,
  text,
  textMap,
  unbuilt,
} from '../shapes.ts'
import { arnShape, pageInput, pageOutput, policyDocumentShape } from './members.ts'
import { byArn, identityRead } from './row.ts'

const actionShape = text(3, 128)
const resourceShape = text(1, 2048)
const decisionShape = oneOf(['allowed', 'explicitDeny', 'implicitDeny'])

const contextEntryShape = structure({
  ContextKeyName: optional(text(5, 256), 'Name of the condition key.'),
  ContextKeyValues: optional(listOf(text()), 'Its values.'),
  ContextKeyType: optional(
    oneOf([
      'string',
      'stringList',
      'numeric',
      'numericList',
      'boolean',
      'booleanList',
      'ip',
      'ipList',
      'binary',
      'binaryList',
      'date',
      'dateList',
    ]),
    'What the values are; a type without List has one of them.',
  ),
})

const positionShape = structure({
  Line: optional(integer(), 'The line, from 1.'),
  Column: optional(integer(), 'The column, from 0.'),
})

const statementShape = structure({
  SourcePolicyId: optional(text(), 'The policy that it stands in.'),
  SourcePolicyType: optional(
    oneOf(['user', 'group', 'role', 'aws-managed', 'user-managed', 'resource', 'none']),
    'What kind of policy that is.',
  ),
  StartPosition: optional(positionShape, 'Where it begins; not told here.'),
  EndPosition: optional(positionShape, 'Where it ends; not told here.'),
})

const boundaryDetailShape = structure({
  AllowedByPermissionsBoundary: optional(flag, 'Whether the boundary allows it.'),
})

const statements = required(listOf(statementShape), 'The statements that decide it.')
const missing = required(
  listOf(text(5, 256)),
  'The condition keys that were looked for and have no value.',
)
const details = optional(textMap, 'What each account decides; there is one account here.')
const boundary = optional(boundaryDetailShape, 'There are no permissions boundaries.')

export const SimulatePrincipalPolicy = identityRead({
  doc:
    'Tells what the policies of a user, group or role allow. Policies of keys and grants have no ' +
    'part in it: "keyhold access explain" decides by those as well.',
  input: {
    PolicySourceArn: required(arnShape, 'ARN of the user, group or role.'),
    PolicyInputList: optional(listOf(policyDocumentShape), 'Policies that it is to have besides.'),
    PermissionsBoundaryPolicyInputList: unbuilt(
      listOf(policyDocumentShape),
      'A permissions boundary.',
    ),
    ActionNames: required(listOf(actionShape), 'The actions, such as kms:Decrypt.'),
    ResourceArns: optional(listOf(resourceShape), 'The resources; absent: * alone.'),
    ResourcePolicy: unbuilt(policyDocumentShape, 'The policy of each resource.'),
    ResourceOwner: unbuilt(resourceShape, 'The account of the resources.'),
    CallerArn: unbuilt(resourceShape, 'Who asks, if it is not the user of PolicySourceArn.'),
    ContextEntries: optional(listOf(contextEntryShape), 'Values of condition keys.'),
    ResourceHandlingOption: unbuilt(text(1, 64), 'A scenario of EC2.'),
    ...pageInput,
  },
  output: {
    EvaluationResults: required(
      listOf(
        structure({
          EvalActionName: required(actionShape, 'The action.'),
          EvalResourceName: optional(resourceShape, 'The resource, if there is one alone.'),
          EvalDecision: required(decisionShape, 'The decision; of several, the strictest.'),
          MatchedStatements: statements,
          MissingContextValues: missing,
          OrganizationsDecisionDetail: optional(
            structure({ AllowedByOrganizations: optional(flag, 'Whether they allow it.') }),
            'There are no organizations.',
          ),
          PermissionsBoundaryDecisionDetail: boundary,
          EvalDecisionDetails: details,
          ResourceSpecificResults: optional(
            listOf(
              structure({
                EvalResourceName: required(resourceShape, 'The resource.'),
                EvalResourceDecision: required(decisionShape, 'The decision for it.'),
                MatchedStatements: statements,
                MissingContextValues: missing,
                EvalDecisionDetails: details,
                PermissionsBoundaryDecisionDetail: boundary,
              }),
            ),
            'The decision for each resource that was named.',
          ),
        }),
      ),
      'The decision for each action.',
    ),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:SimulatePrincipalPolicy', resource: byArn('PolicySourceArn') }],
  audit: ['PolicySourceArn', 'ActionNames', 'ResourceArns', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'PolicyEvaluationException'],
})
