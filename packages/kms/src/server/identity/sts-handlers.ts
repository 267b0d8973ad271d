import type { StsOperations } from '../../api/sts.ts'
import { callerId } from '../../core/identity/caller.ts'
import type { HandlersOf } from '../call.ts'

/** The work of every operation of STS, by its name. */
export const stsHandlers: HandlersOf<StsOperations> = {
  GetCallerIdentity: (_input, { caller }) => ({
    UserId: callerId(caller),
    Account: caller.account,
    Arn: caller.arn,
  }),

  GetAccessKeyInfo: (input, call) => ({
    Account: call.accessKeys.record(input.AccessKeyId)?.account,
  }),
}
