import type { Members, Shape } from '../../../src/api/shapes.ts'
import type { AuditFields } from '../../../src/core/audit/record.ts'

/** A call of Encrypt as the pipeline would report it; tests change what they are about. */
export const fieldsOf = (changes: Partial<AuditFields> = {}): AuditFields => ({
  eventTimeMs: Date.UTC(2026, 10, 24, 0, 19, 59, 999),
  eventName: 'Encrypt',
  region: 'eu-central-1',
  account: '111122223333',
  caller: {
    kind: 'Root',
    account: '111122223333',
    arn: 'arn:aws:iam::111122223333:root',
    accessKeyId: 'AKIAEXAMPLE',
  },
  sourceAddress: '192.0.2.1',
  userAgent: 'aws-cli/2.31.0',
  request: undefined,
  response: undefined,
  resources: [],
  requestId: '6a0f1b0e-58b5-4f0e-9d0e-8c8a1f2b3c4d',
  eventId: '0c9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f',
  readOnly: true,
  ...changes,
})

/** What stands in members that no record may repeat. */
export const canary = 'CANARY-b7e1'

/** A value of every declared member, full of canaries wherever the shape has room for one. */
export const filled = (members: Members): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).map(([name, { shape }]) => [name, valueOf(shape, canary)]),
  )

/** A value of the shape that contains `text` if it can. */
export const valueOf = (shape: Shape, text: string): unknown => {
  switch (shape.kind) {
    case 'text':
      return text
    case 'enum':
      return shape.values[0]
    case 'blob':
      return new TextEncoder().encode(text)
    case 'integer':
      return shape.min
    case 'flag':
      return true
    case 'time':
      return 0
    case 'map':
      return new Map([[text, text]])
    case 'list':
      return [valueOf(shape.member, text), valueOf(shape.member, text)]
    case 'structure':
      return filled(shape.members)
  }
}
