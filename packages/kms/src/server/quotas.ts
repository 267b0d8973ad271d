import { defaultQuotas, type Quotas } from '../core/quotas.ts'

/** By the names that an operator gives them: `on-demand-rotations-per-key`. */
const quotaNames: ReadonlyMap<string, keyof Quotas> = new Map(
  (Object.keys(defaultQuotas) as (keyof Quotas)[]).map((name) => [
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    name,
  ]),
)

/** The quotas that an operator has set otherwise. Throws an Error that names those there are. */
export const quotasOf = (given: ReadonlyMap<string, number> = new Map()): Partial<Quotas> =>
  Object.fromEntries(
    [...given].map(([quota, number]) => {
      const name = quotaNames.get(quota)
      if (name === undefined)
        throw new Error(
          `there is no quota ${quota}; there are ${[...quotaNames.keys()].join(', ')}`,
        )
      return [name, number]
    }),
  )
