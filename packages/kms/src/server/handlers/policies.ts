import { KmsError } from '../../api/errors.ts'
import { PutKeyPolicy } from '../../api/operations/policies.ts'
import type { KeyPolicyRecord } from '../../core/access/key-policy.ts'
import { newKeyPolicy } from '../access/key-policies.ts'
import { type Family, targetKey } from '../call.ts'
import { pageOfList } from '../paging.ts'

const listPoliciesRule = { limitDefault: 100, limitMax: 1000 }
const onlyName = 'default'

export const policyHandlers: Family<'GetKeyPolicy' | 'PutKeyPolicy' | 'ListKeyPolicies'> = {
  async GetKeyPolicy(input, call) {
    const key = targetKey(call)
    requirePolicyName(input.PolicyName)
    const stored = await call.state.read('key_policy', key.rowId)
    if (stored === undefined) throw new Error(`the policy of ${key.arn} is missing`)
    return { Policy: (stored.value as KeyPolicyRecord).policy, PolicyName: onlyName }
  },

  async PutKeyPolicy(input, call) {
    const key = targetKey(call)
    requirePolicyName(input.PolicyName)
    const record = await newKeyPolicy(call, input.Policy, { row: PutKeyPolicy, input, key })
    call.change.put('key_policy', key.rowId, record, { parent: key.rowId })
  },

  ListKeyPolicies(input, call) {
    const { rowId } = targetKey(call)
    const page = pageOfList(
      call,
      'ListKeyPolicies',
      rowId,
      input,
      listPoliciesRule,
      [onlyName],
      (name) => name,
    )
    return { PolicyNames: page.items, NextMarker: page.NextMarker, Truncated: page.Truncated }
  },
}

const requirePolicyName = (name: string | undefined): void => {
  if (name === undefined || name === onlyName) return
  throw new KmsError('NotFoundException', `No such policy exists`)
}
