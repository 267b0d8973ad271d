import type { Served } from './served.ts'

/**
 * Whether a scope may name the Region for the service. IAM is one for all Regions and is signed for
 * us-east-1, whatever Regions are configured; by the SDKs, once they are given an endpoint, for the
 * Region that they are set to.
 */
export const isRegionOf =
  (services: ReadonlyMap<string, Served>, regions: ReadonlySet<string>) =>
  (region: string, name: string): boolean =>
    regions.has(region) || region === services.get(name)?.service.region

export const serviceOf = (services: ReadonlyMap<string, Served>, name: string): Served => {
  const served = services.get(name)
  if (served === undefined) throw new TypeError(`no service is named ${name}`)
  return served
}
