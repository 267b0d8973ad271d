import type { Service } from '../../api/service.ts'

/** A service as the command line offers it: `keyhold iam …`. */
export type CliService = {
  /** The command. */
  readonly name: string
  /** What AWS's configuration calls the service, in AWS_ENDPOINT_URL_… and in `services` sections. */
  readonly configName: string
  readonly service: Service
  /** What the command is for, in one sentence. */
  readonly doc: string
  /** What an operation is called on the command line. */
  readonly commandName: (operation: string) => string
}
