import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDirectory } from '../../src/server/data-directory.ts'

/** Every file below a directory. */
export const everyFile = (directory: string): string[] =>
  globSync('**', { cwd: directory })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())

/** The files of a service that have this in them. */
export const filesWith = (
  { directory }: { readonly directory: Pick<DataDirectory, 'path'> },
  text: string,
): string[] => everyFile(directory.path).filter((file) => readFileSync(file).includes(text))

/** What a test reads of an audit record. */
export type AuditRecord = {
  readonly eventName?: string
  readonly eventType?: string
  readonly awsRegion?: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly eventID?: string
  readonly requestID?: string
  readonly readOnly?: boolean
  readonly userIdentity?: unknown
  readonly requestParameters?: unknown
  readonly responseElements?: unknown
  readonly resources?: readonly { readonly ARN: string }[]
  readonly serviceEventDetails?: unknown
  readonly additionalEventData?: {
    readonly keyMaterialId?: string
    readonly recipient?: Readonly<Record<string, string>>
    readonly changeSeq?: number
    readonly outcome?: string
    readonly denialReason?: string
    readonly grantIds?: readonly string[]
  }
}

/** The lines of the audit log as it lies on disk now, in their order. */
export const auditLines = ({ audit }: Pick<DataDirectory, 'audit'>): string[] =>
  globSync('audit-*.jsonl', { cwd: audit })
    .sort()
    .flatMap((name) => readFileSync(join(audit, name), 'utf8').split('\n').filter(Boolean))

export const auditRecords = (directory: Pick<DataDirectory, 'audit'>): AuditRecord[] =>
  auditLines(directory).map((line) => JSON.parse(line) as AuditRecord)
