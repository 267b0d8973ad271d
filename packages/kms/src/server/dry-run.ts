import { KmsError } from '../api/errors.ts'

/** How AWS says yes to a DryRun: an error, with status 400. */
export const dryRunSucceeded = (): KmsError =>
  new KmsError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  )
