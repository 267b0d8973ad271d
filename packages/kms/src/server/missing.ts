import { KmsError } from '../api/errors.ts'

/** A member that AWS wants here, though its model does not say so; its own text is not known. */
export const missing = (path: string): KmsError =>
  new KmsError(
    'ValidationException',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: ` +
      'Member must not be null',
  )
