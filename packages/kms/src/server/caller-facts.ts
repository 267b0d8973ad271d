import type { Facts, FactValue } from '../core/access/conditions/lookup.ts'
import { callerClaim, callerFact } from '../core/identity/access.ts'
import type { Question } from './resolve.ts'

/** What condition keys may ask of who calls, whence and when: the same for every service. */
export const callerFacts = ({
  caller,
  place,
  origin,
  world,
}: Question): Pick<Facts, 'caller' | 'callerTags' | 'connection' | 'nowMs' | 'claim'> => ({
  caller: callerFact(caller),
  callerTags: () =>
    caller.kind === 'IAMUser' || caller.kind === 'AssumedRole' ? caller.tags : undefined,
  connection: (property) => {
    switch (property) {
      case 'address':
        return origin.remoteAddress
      case 'isSecure':
        return origin.tls !== undefined
      case 'userAgent':
        return origin.userAgent
      case 'region':
        return place.region
    }
  },
  nowMs: () => world.clock.nowMs(),
  claim: callerClaim(caller),
})

/** A member of a request as conditions compare it; `undefined` for what they cannot. */
export const memberFact = (value: unknown): FactValue => {
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'string') ? value : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined
}
