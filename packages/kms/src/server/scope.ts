import { iamRegion } from '../core/identity/arn.ts'
import type { Served } from './served.ts'

/**
 * Whether a scope may name the Region for the service: IAM is one for all Regions, and is signed for
 * us-east-1 whatever Regions are configured.
 */
export const isRegionOf =
  (regions: ReadonlySet<string>) =>
  (region: string, service: string): boolean =>
    service === 'iam' || service === 'keyhold' ? region === iamRegion : regions.has(region)

export const serviceOf = (services: ReadonlyMap<string, Served>, name: string): Served => {
  const served = services.get(name)
  if (served === undefined) throw new TypeError(`no service is named ${name}`)
  return served
}
