import { kms } from '../../api/kms.ts'
import { kebab } from '../names.ts'
import type { CliService } from './service.ts'

export const kmsService: CliService = {
  name: 'kms',
  configName: 'kms',
  service: kms,
  doc: 'calls an operation of the service, with the flags that "aws kms" has',
  commandName: kebab,
}
