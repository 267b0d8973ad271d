import type { Served } from './served.ts'

/**
 * Whether a scope may name the Region for the service: IAM is one for all Regions, and is signed for
 * us-east-1 whatever Regions are configured.
 */
export const isRegionOf =
  (services: ReadonlyMap<string, Served>, regions: ReadonlySet<string>) =>
  (region: string, name: string): boolean => {
    const only = services.get(name)?.service.region
    return only === undefined ? regions.has(region) : region === only
  }

export const serviceOf = (services: ReadonlyMap<string, Served>, name: string): Served => {
  const served = services.get(name)
  if (served === undefined) throw new TypeError(`no service is named ${name}`)
  return served
}
