import fc from 'fast-check'
import type { RawGrant, RawQuestion } from '../naive/question.ts'
import {
  accounts,
  actions,
  callers,
  grantOperations,
  home,
  isOfHome,
  keyNames,
  keys,
  keysOfRequests,
  principalTexts,
  provider,
} from './alphabets.ts'
import { anyCase } from './arbitrary-conditions.ts'
import { identityPolicy, keyPolicy, trustPolicy } from './arbitrary-policies.ts'

const contextPairs = fc.dictionary(fc.constantFrom('App', 'app', 'b'), fc.constantFrom('1', '2'), {
  maxKeys: 3,
})
const limits = fc.record({
  operations: fc.uniqueArray(fc.constantFrom(...grantOperations), { minLength: 1, maxLength: 4 }),
  equals: fc.option(contextPairs, { nil: undefined, freq: 2 }),
  subset: fc.option(contextPairs, { nil: undefined, freq: 2 }),
})
const grant: fc.Arbitrary<RawGrant> = fc
  .tuple(
    fc.record({
      key: fc.constantFrom(keys[0], keys[0], keys[1]),
      grantee: fc.constantFrom(...principalTexts.filter((text) => text.startsWith('arn:'))),
      issuer: fc.constantFrom(...accounts),
    }),
    limits,
  )
  .map(([who, what]) => ({ id: '', ...who, ...what }))

const requestKeys = fc
  .tuple(
    ...keyNames.map((name) =>
      fc.tuple(
        anyCase(name),
        fc.array(fc.constantFrom(...keysOfRequests[name]!), { minLength: 0, maxLength: 2 }),
      ),
    ),
  )
  .map((entries) => Object.fromEntries(entries.filter(([, values]) => values.length > 0)))

const roleToAssume = `arn:aws:iam::${home}:role/r`
const trustWorld = fc.record({
  isTrust: fc.constant(true),
  resourcePolicy: trustPolicy,
  grants: fc.constant([] as RawGrant[]),
  resource: fc.constant(roleToAssume),
  actions: fc.constant(['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity']),
  callers: fc.constant([...callers, { type: 'web', provider } as const]),
})
const keyWorld = fc.record({
  isTrust: fc.constant(false),
  resourcePolicy: fc.oneof(
    { weight: 8, arbitrary: keyPolicy },
    { weight: 1, arbitrary: fc.constantFrom('none' as const, 'unknown' as const) },
  ),
  grants: fc.array(grant, { maxLength: 4 }),
  resource: fc.constantFrom(...keys),
  actions: fc.constant(actions),
  callers: fc.constant(callers),
})

const boundIds = (kind: RegExp, ids: readonly string[]) =>
  fc.dictionary(
    fc.constantFrom(...principalTexts.filter((text) => kind.test(text))),
    fc.constantFrom(...ids),
    { maxKeys: 1 },
  )

/** Policies and grants, and several requests to decide by them. */
export type World = { readonly questions: readonly RawQuestion[] }

export const worlds = (requests: number): fc.Arbitrary<World> =>
  fc
    .oneof({ weight: 6, arbitrary: keyWorld }, { weight: 1, arbitrary: trustWorld })
    .chain((world) =>
      fc.record({
        world: fc.constant(world),
        policies: fc.record({
          boundIds: fc
            .tuple(boundIds(/:user/, ['AIDA1', 'AIDA2']), boundIds(/role/, ['AROA1', 'AROA2']))
            .map(([ofUsers, ofRoles]) => ({ ...ofUsers, ...ofRoles })),
          identity: fc.array(identityPolicy, { maxLength: 2 }),
          session: fc.option(fc.array(identityPolicy, { minLength: 1, maxLength: 2 }), {
            nil: undefined,
            freq: 2,
          }),
          boundary: fc.oneof(
            { weight: 2, arbitrary: fc.constant(undefined) },
            { weight: 1, arbitrary: identityPolicy },
          ),
        }),
        requests: fc.array(
          fc.record({
            caller: fc.oneof(
              { weight: 2, arbitrary: fc.constantFrom(...world.callers.filter(isOfHome)) },
              { weight: 1, arbitrary: fc.constantFrom(...world.callers) },
            ),
            action: fc.constantFrom(...world.actions),
            keys: requestKeys,
            context: contextPairs,
            child: fc.option(grant, { nil: undefined }),
          }),
          { minLength: requests, maxLength: requests },
        ),
      }),
    )
    .map(({ world, policies, requests: asked }) => ({
      questions: asked.map((request): RawQuestion => ({
        ...request,
        ...policies,
        // A grant with SourceArn and one with an unknown grantee have tests of their own.
        grants: world.grants.map((each, index) => ({ ...each, id: `${index}`.repeat(64) })),
        isTrust: world.isTrust,
        resourcePolicy: world.resourcePolicy,
        resource: world.resource,
        owner: home,
      })),
    }))
