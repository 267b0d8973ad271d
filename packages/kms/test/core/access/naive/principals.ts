import { many, type RawCaller, type RawQuestion, type RawStatement } from './question.ts'

/** How a policy or a grant speaks of the caller. */
export type Way = 'itself' | 'its role' | 'its account'

/** The ways in which the principals of a statement speak of the caller; none: they do not. */
export const principalWays = (statement: RawStatement, q: RawQuestion): Way[] => {
  if (statement.Principal !== undefined) return listedWays(statement.Principal, statement.Effect, q)
  const listed = statement.NotPrincipal
  if (listed === '*' || many((listed as { AWS?: string }).AWS).includes('*'))
    return q.boundary === undefined ? [] : ['itself']
  // Deny to all who are not listed with everything that they are; whoever has a boundary is denied.
  const needed = everythingOf(q.caller)
  const exempt =
    q.boundary === undefined && needed.every((way) => listedWays(listed, 'Deny', q).includes(way))
  return exempt ? [] : ['itself']
}

const everythingOf = (caller: RawCaller): Way[] => {
  if (caller.type === 'root') return ['its account']
  if (caller.type === 'user') return ['itself', 'its account']
  if (caller.type === 'session') return ['itself', 'its role', 'its account']
  return ['itself']
}

const listedWays = (listed: unknown, effect: string, q: RawQuestion): Way[] => {
  const { caller } = q
  if (listed === '*') return caller.type === 'web' && effect === 'Allow' ? [] : ['itself']
  const { AWS, Federated } = listed as Record<string, string | string[] | undefined>
  const ways: Way[] = []
  for (const name of many(AWS)) {
    if (name === '*') {
      if (caller.type !== 'web' || effect === 'Deny') ways.push('itself')
    } else if (q.boundIds[name] === undefined) ways.push(...wayOf(name, q))
    else if (q.boundIds[name] === idOf(caller)) ways.push(...wayOf(currentNameOf(name, q), q))
  }
  if (caller.type === 'web' && many(Federated).includes(caller.provider)) ways.push('itself')
  return ways
}

/** What the user or role of an ARN that was bound to the caller's id is called now. */
const currentNameOf = (name: string, { caller }: RawQuestion): string => {
  if (caller.type === 'web' || !name.includes(`::${caller.account}:`)) return name
  if (caller.type === 'user') return caller.arn
  if (caller.type !== 'session') return name
  const nameOfSession = /:assumed-role\/[^/]+\/(.+)$/.exec(name)?.[1]
  if (nameOfSession === undefined) return caller.role
  return caller.arn.endsWith(`/${nameOfSession}`) ? caller.arn : name
}

const idOf = (caller: RawCaller): string | undefined => ('id' in caller ? caller.id : undefined)

/** How one name speaks of the caller. */
export const wayOf = (name: string, { caller }: RawQuestion): Way[] => {
  if (caller.type === 'web') return []
  if (name === caller.account || name === `arn:aws:iam::${caller.account}:root`)
    return ['its account']
  if (caller.type === 'root') return []
  if (name === caller.arn) return ['itself']
  return caller.type === 'session' && name === caller.role ? ['its role'] : []
}
