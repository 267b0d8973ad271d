import { accountOperations, keyhold } from '../../api/keyhold.ts'
import { kebab } from '../names.ts'
import type { CliService } from './service.ts'

export const accountService: CliService = {
  name: 'account',
  // A service of our own, so it is where our KMS is.
  configName: 'kms',
  service: { ...keyhold, operations: accountOperations },
  doc: 'makes, lists, disables and enables accounts, as the root of the first one',
  // `create-account` says no more than `create` does after `keyhold account`.
  commandName: (operation) => kebab(operation).replace(/-accounts?$/, ''),
}
