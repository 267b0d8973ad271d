import type { RawGrant, RawQuestion } from './question.ts'

const contextOperations =
  /^(?:En|De)crypt$|^ReEncrypt(?:From|To)$|^GenerateDataKey(?:Pair)?(?:WithoutPlaintext)?$/

/** Whether the grant permits the request to its grantee. */
export const grantPermits = (grant: RawGrant, q: RawQuestion): boolean => {
  const operation = q.action.replace(/^kms:/, '')
  if (grant.key !== q.resource || !grant.operations.includes(operation)) return false
  if (operation === 'CreateGrant') return q.child !== undefined && isNoWider(q.child, grant)
  if (!contextOperations.test(operation)) return true
  const context = Object.entries(q.context)
  return (
    (grant.subset === undefined || hasPairs(context, grant.subset)) &&
    (grant.equals === undefined || isSame(context, Object.entries(grant.equals)))
  )
}

type Pairs = readonly (readonly [string, string])[]

/** Every pair is there, its key in any case; where a key is there twice, both values agree. */
const hasPairs = (context: Pairs, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => {
    const found = context.filter(([name]) => name.toLowerCase() === key.toLowerCase())
    const twice = Object.keys(wanted).filter((name) => name.toLowerCase() === key.toLowerCase())
    return (
      found.length > 0 &&
      found.every(([, each]) => each === value) &&
      twice.every((name) => wanted[name] === value)
    )
  })

const isSame = (left: Pairs, right: Pairs): boolean => {
  const text = (pairs: Pairs): string =>
    pairs
      .map(([key, value]) => JSON.stringify([key.toLowerCase(), value]))
      .sort()
      .join()
  const hasTwins = (pairs: Pairs): boolean =>
    new Set(pairs.map(([key]) => key.toLowerCase())).size < pairs.length
  return !hasTwins(left) && !hasTwins(right) && text(left) === text(right)
}

const isNoWider = (child: RawGrant, parent: RawGrant): boolean => {
  if (child.operations.some((operation) => !parent.operations.includes(operation))) return false
  if (parent.equals !== undefined) {
    if (child.equals === undefined) return false
    if (!isSame(Object.entries(child.equals), Object.entries(parent.equals))) return false
  }
  if (parent.subset === undefined) return true
  return [child.equals, child.subset].some(
    (own) => own !== undefined && hasPairs(Object.entries(own), parent.subset!),
  )
}
