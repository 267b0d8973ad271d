import { iam } from '../../api/iam.ts'
import { kebab } from '../names.ts'
import type { CliService } from './service.ts'

export const iamService: CliService = {
  name: 'iam',
  configName: 'iam',
  service: iam,
  doc: 'manages users, groups, roles and policies, with the flags that "aws iam" has',
  commandName: kebab,
}
