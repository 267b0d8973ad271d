import { type Family, targetKey } from '../call.ts'

export const rotationHandlers: Family<'GetKeyRotationStatus'> = {
  // No key rotates yet, and tools that manage keys ask before they do anything else.
  GetKeyRotationStatus: (_input, call) => ({
    KeyRotationEnabled: false,
    KeyId: targetKey(call).arn,
  }),
}
