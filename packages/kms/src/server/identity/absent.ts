import { noSuchEntity } from '../../core/identity/identities.ts'
import type { Call } from '../call.ts'
import { type IamFamily, userOrCaller } from './family.ts'
import { requireRole } from './roles.ts'

/**
 * What AWS has and Keyhold does not: passwords, MFA devices, certificates, SSH keys, instance
 * profiles. Clients ask for them before they delete a user or role, and have to be told of none.
 */
export const absentHandlers: IamFamily<
  | 'ListInstanceProfilesForRole'
  | 'ListSSHPublicKeys'
  | 'ListServiceSpecificCredentials'
  | 'ListMFADevices'
  | 'ListVirtualMFADevices'
  | 'ListSigningCertificates'
  | 'DeleteLoginProfile'
  | 'GetLoginProfile'
> = {
  async ListInstanceProfilesForRole(input, call) {
    await requireRole(call, input.RoleName)
    return { InstanceProfiles: [], ...complete }
  },

  async ListSSHPublicKeys(input, call) {
    await userOrCaller(call, input.UserName)
    return { SSHPublicKeys: [], ...complete }
  },

  async ListServiceSpecificCredentials(input, call) {
    if (input.AllUsers !== true) await userOrCaller(call, input.UserName)
    return { ServiceSpecificCredentials: [], ...complete }
  },

  async ListMFADevices(input, call) {
    await userOrCaller(call, input.UserName)
    return { MFADevices: [], ...complete }
  },

  ListVirtualMFADevices: () => ({ VirtualMFADevices: [], ...complete }),

  async ListSigningCertificates(input, call) {
    await userOrCaller(call, input.UserName)
    return { Certificates: [], ...complete }
  },

  async DeleteLoginProfile(input, call) {
    throw await noLoginProfile(call, input.UserName)
  },

  async GetLoginProfile(input, call) {
    throw await noLoginProfile(call, input.UserName)
  },
}

const complete = { IsTruncated: false }

const noLoginProfile = async (call: Call, name: string | undefined) => {
  const user = await userOrCaller(call, name)
  return noSuchEntity(`Login Profile for User ${user?.name ?? 'root'} cannot be found.`)
}
