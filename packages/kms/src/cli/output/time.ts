import type { Members, Shape } from '../../api/shapes.ts'
import { isJsonObject, type Json, type JsonObject } from '../../client/json.ts'

/** Instants as ISO 8601 with the offset of the local time zone, or as they are on the wire. */
export const timestampFormats = ['iso8601', 'wire'] as const
export type TimestampFormat = (typeof timestampFormats)[number]

/**
 * An answer as it is printed: members in the row's order, instants in the given format, policies as
 * JSON, and nothing that the row does not know, as AWS's command line does it.
 */
export const readableAnswer = (
  members: Members | undefined,
  answer: JsonObject,
  times: TimestampFormat,
): JsonObject => (members === undefined ? {} : readableMembers(members, answer, times))

const readableMembers = (
  members: Members,
  answer: JsonObject,
  times: TimestampFormat,
): JsonObject => {
  const readable: Record<string, Json> = {}
  for (const [name, member] of Object.entries(members)) {
    const value = answer[name]
    if (value !== undefined && value !== null) {
      readable[name] = readableValue(member.shape, value, times)
    }
  }
  return readable
}

const readableValue = (shape: Shape, value: Json, times: TimestampFormat): Json => {
  if (shape.kind === 'time' && typeof value === 'number') {
    return times === 'wire' ? value : isoLocal(value)
  }
  if (shape.kind === 'text' && shape.holds === 'policy' && typeof value === 'string') {
    return decodedPolicy(value)
  }
  if (shape.kind === 'list' && Array.isArray(value)) {
    const parts = value as readonly Json[]
    return parts.map((part) => readableValue(shape.member, part, times))
  }
  if (shape.kind === 'structure' && isJsonObject(value))
    return readableMembers(shape.members, value, times)
  return value
}

/** What is no policy after all is printed as it is. */
const decodedPolicy = (value: string): Json => {
  try {
    return JSON.parse(decodeURIComponent(value)) as Json
  } catch {
    return value
  }
}

/** `2026-11-24T00:19:59.123000+00:00`: six digits of fraction, or none when it is zero. */
export const isoLocal = (seconds: number): string => {
  const micros = Math.round(seconds * 1e6)
  const whole = Math.floor(micros / 1e6)
  const fraction = micros - whole * 1e6
  const date = new Date(whole * 1000)
  // getTimezoneOffset counts westwards.
  const eastMinutes = -date.getTimezoneOffset()
  const local = new Date(whole * 1000 + eastMinutes * 60_000).toISOString().slice(0, 19)
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`
  const sign = eastMinutes < 0 ? '-' : '+'
  const east = Math.abs(eastMinutes)
  return `${local}${digits}${sign}${two(Math.floor(east / 60))}:${two(east % 60)}`
}

const two = (number: number): string => String(number).padStart(2, '0')
