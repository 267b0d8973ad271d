import type { Members, Shape } from '../api/shapes.ts'
import type { TraceEvent } from '../client/client.ts'
import { isJsonObject, type Json, type JsonObject } from '../client/json.ts'
import type { Io } from './io.ts'

/** Tells on stderr what goes over the wire, for `--debug`. It never tells a secret. */
export type DebugLog = {
  trace(event: TraceEvent): void
  body(kind: 'input' | 'output', members: Members | undefined, body: JsonObject): void
}

export const debugLog = (stderr: Io['stderr']): DebugLog => {
  const tell = (text: string): void => {
    stderr.write(`debug: ${text}\n`)
  }
  return {
    trace: (event) => {
      if (event.kind === 'request') {
        tell(`POST ${new URL(event.endpoint).origin}${new URL(event.endpoint).pathname}`)
      } else tell(`answer ${event.status}, ${event.bytes} bytes`)
      for (const [name, value] of Object.entries(event.headers)) {
        tell(`  ${name.toLowerCase()}: ${shownHeader(name, String(value))}`)
      }
    },
    body: (kind, members, body) => {
      tell(`${kind} ${JSON.stringify(redactMembers(members ?? {}, body))}`)
    },
  }
}

// Shown are the headers that are known to be harmless; of the rest, the name alone.
const harmless = new Set([
  'host',
  'content-type',
  'content-length',
  'connection',
  'date',
  'user-agent',
  'x-amz-date',
  'x-amz-target',
  'x-amzn-requestid',
])

const shownHeader = (name: string, value: string): string => {
  if (harmless.has(name.toLowerCase())) return value
  if (name.toLowerCase() === 'authorization') return value.replace(/Signature=.*$/s, 'Signature=…')
  return '…'
}

/** A body with its blobs and tokens left out, and without what the row does not know. */
const redactMembers = (members: Members, body: JsonObject): JsonObject => {
  const shown: Record<string, Json> = {}
  for (const [name, value] of Object.entries(body)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member === undefined || value === undefined) shown[name] = '…'
    else shown[name] = /token|password|credential/i.test(name) ? '…' : redact(member.shape, value)
  }
  return shown
}

const redact = (shape: Shape, value: Json): Json => {
  if (shape.kind === 'blob') return typeof value === 'string' ? `${value.length} characters` : '…'
  if (shape.kind === 'text' && shape.sensitive === true) return '…'
  if (shape.kind === 'list' && Array.isArray(value)) {
    const parts = value as readonly Json[]
    return parts.map((part) => redact(shape.member, part))
  }
  if (shape.kind === 'structure' && isJsonObject(value)) return redactMembers(shape.members, value)
  return value
}
