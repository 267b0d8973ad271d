import { decodeRow } from '../../api/decode.ts'
import { encodeRow } from '../../api/encode.ts'
import { KmsError } from '../../api/errors.ts'
import { type JsonValue, parseJson } from '../../api/json.ts'
import type { Members } from '../../api/shapes.ts'
import type { Protocol } from '../protocols.ts'
import { parseXksPath } from './path.ts'
import { xksContentType, xksHeaders, xksRefusal } from './refusals.ts'

/**
 * The XKS proxy API on the wire: the operation and the key stand in the path, and what a later
 * version of the API adds to a request is left alone, as its specification wants it.
 */
export const xksProtocol: Protocol = {
  headers: xksHeaders,
  ask: ({ target, contentType, body }) => {
    const path = parseXksPath(target ?? '')
    return {
      name: path?.name ?? '',
      requireWellFormed: () => requireJson(contentType),
      input: (row) => {
        const json = known(row.input, parseJson(body))
        if (json instanceof Map && path?.externalKeyId !== undefined)
          json.set('externalKeyId', path.externalKeyId)
        return decodeRow(path?.name ?? '', row, json)
      },
    }
  },
  encode: (_name, row, output) => encodeRow(row, output),
  refuse: (error) => xksRefusal(error),
}

/** The header may be unsigned, so it decides nothing: it is compared with the one legal value. */
const requireJson = (contentType: string | undefined): void => {
  if (contentType === undefined || /^application\/json(?:; ?charset=utf-8)?$/i.test(contentType))
    return
  throw new KmsError('SerializationException', `The content type has to be ${xksContentType}.`)
}

/** The members that the row has; those of the path are not taken from the body. */
const known = (members: Members, body: JsonValue): JsonValue => {
  if (!(body instanceof Map)) return body
  const kept = new Map<string, JsonValue>()
  for (const [name, value] of body) {
    const shape = Object.hasOwn(members, name) ? members[name]?.shape : undefined
    if (shape === undefined || name === 'externalKeyId') continue
    kept.set(name, shape.kind === 'structure' ? known(shape.members, value) : value)
  }
  return kept
}
