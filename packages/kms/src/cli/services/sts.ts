import { sts } from '../../api/sts.ts'
import { kebab } from '../names.ts'
import type { CliService } from './service.ts'

export const stsService: CliService = {
  name: 'sts',
  configName: 'sts',
  service: sts,
  doc: 'opens sessions, and tells who calls, with the flags that "aws sts" has',
  commandName: kebab,
}
