import { type Family, targetKey } from '../call.ts'

export const lastUsageHandlers: Family<'GetKeyLastUsage'> = {
  async GetKeyLastUsage(_input, call) {
    const { rowId, record } = targetKey(call)
    const use = await call.keyUses.last(rowId)
    return {
      KeyId: record.keyId,
      KeyLastUsage:
        use === undefined
          ? {}
          : {
              Operation: use.operation,
              Timestamp: use.atMs,
              CloudTrailEventId: use.eventId,
              KmsRequestId: use.requestId,
            },
      TrackingStartDate: record.createdAtMs,
      KeyCreationDate: record.createdAtMs,
    }
  },
}
