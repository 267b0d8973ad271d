import { accessOperations, keyhold } from '../../api/keyhold.ts'
import type { CliService } from './service.ts'

export const accessService: CliService = {
  name: 'access',
  // A service of our own, so it is where our KMS is.
  configName: 'kms',
  service: { ...keyhold, operations: accessOperations },
  doc: 'tells what a principal may do, and which statement or grant decides it',
  commandName: () => 'explain',
}
