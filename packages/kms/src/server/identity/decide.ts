import type { Facts, Tags } from '../../core/access/conditions/lookup.ts'
import { lookupIn } from '../../core/access/conditions/lookup.ts'
import type { CompiledPolicy } from '../../core/access/evaluate/compiled-policy.ts'
import { decide } from '../../core/access/evaluate/decide.ts'
import { accessDenied } from '../../core/access/evaluate/denied.ts'
import { principalOf } from '../../core/identity/access.ts'
import { callerFacts, memberFact } from '../caller-facts.ts'
import type { Question } from '../resolve.ts'

/** What a call of IAM or STS is about. */
export type Subject = {
  readonly action: string
  /** ARN of the user, role, …; `*` where there is none. */
  readonly arn: string
  readonly owner: string
  readonly tags?: Tags | undefined
  /** How a refusal calls it, if not by its ARN. */
  readonly what?: string | undefined
  /** The trust policy of a role that is to be assumed; `unknown`: there is no such role. */
  readonly trust?: CompiledPolicy | 'unknown'
}

type Input = { readonly [member: string]: unknown }

/** Decides a call of IAM or STS by the policies of the caller. Throws AccessDeniedException. */
export const requireAccess = async (
  question: Question,
  input: Input,
  subject: Subject,
): Promise<void> => {
  const { caller, world } = question
  const { action, arn: resource, owner } = subject
  const lookup = lookupIn(factsOf(question, input, subject))
  const request = { principal: principalOf(caller), action, resource, owner, lookup }
  const policies = await world.policyBook.of(caller)
  const decision = decide(request, { resource: subject.trust ?? 'none', ...policies })
  question.onDecision(decision)
  const { what = resource } = subject
  if (!decision.allowed) throw accessDenied(request, decision.reason, `resource: ${what}`)
}

const factsOf = (question: Question, input: Input, { action, owner, tags }: Subject): Facts => ({
  ...callerFacts(question),
  action,
  member: (path) => memberFact(input[path]),
  requestTags: () => tagsOf(input['Tags']),
  requestTagKeys: () => input['TagKeys'] as readonly string[] | undefined,
  resourceTags: () => tags,
  owner,
})

const tagsOf = (tags: unknown): Tags | undefined =>
  (tags as readonly { readonly Key: string; readonly Value: string }[] | undefined)?.map(
    ({ Key, Value }) => [Key, Value] as const,
  )
