import * as fc from 'fast-check'

/** The Regions that keys live in; all are made in the first. */
export const regions = ['eu-central-1', 'us-west-2', 'ap-southeast-2'] as const
export type Region = (typeof regions)[number]

/** Who makes the material of a key, and whether it can have replicas. */
export type Kind = 'own' | 'multiRegion' | 'imported'

/** One of the keys that there are by then, counted round, as it is in a Region. */
export type Where = { readonly key: number; readonly region: Region }

/** What is done next. Numbers of things that there may be fewer of count round. */
export type Step =
  | { readonly does: 'create'; readonly kind: Kind }
  | { readonly does: 'pass'; readonly hours: number }
  | { readonly does: 'restart' }
  | { readonly does: 'enable' | 'disable' | 'cancel' | 'rotate' | 'stopRotation'; at: Where }
  | { readonly does: 'schedule'; readonly at: Where; readonly days: number }
  | { readonly does: 'startRotation'; readonly at: Where; readonly days: number }
  | { readonly does: 'createAlias' | 'updateAlias'; readonly at: Where; readonly alias: string }
  | { readonly does: 'deleteAlias'; readonly alias: string }
  | { readonly does: 'encrypt'; readonly at: Where; readonly alias: string | undefined }
  | { readonly does: 'decrypt'; readonly ciphertext: number; readonly region: Region }
  | {
      readonly does: 'import'
      readonly at: Where
      readonly secret: number
      readonly hours: number | undefined
      readonly type: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined
    }
  | { readonly does: 'deleteMaterial'; readonly at: Where; readonly material: number | undefined }
  | { readonly does: 'replicate'; readonly at: Where; readonly to: Region }
  | { readonly does: 'updatePrimary'; readonly at: Where; readonly to: number }

/** The steps that do this. */
export type StepOf<D extends Step['does'], S = Step> = S extends { readonly does: infer N }
  ? D extends N
    ? S
    : never
  : never

/** Mostly the first, which leads to something more often. */
const mostly = <T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(fc.constant(first), fc.constantFrom(first, ...others))

const aliases = mostly('a', 'b')
const where = fc.record({ key: fc.nat(2), region: mostly<Region>(...regions) })
/** Replicas go as often as primaries. */
const anywhere = fc.record({ key: fc.nat(2), region: fc.constantFrom(...regions) })
const kinds: fc.Arbitrary<Kind> = fc.constantFrom('own', 'multiRegion', 'imported')

type Members = Readonly<Record<string, fc.Arbitrary<unknown>>>
const step = (weight: number, does: Step['does'], members: Members = {}) => ({
  does,
  weight,
  arbitrary: fc.record({ does: fc.constant(does), ...members }) as fc.Arbitrary<Step>,
})

const steps = [
  step(2, 'create', { kind: kinds }),
  step(5, 'pass', { hours: fc.constantFrom(1, 25, 8 * 24, 31 * 24, 90 * 24 + 1) }),
  step(1, 'restart'),
  step(2, 'enable', { at: where }),
  step(2, 'disable', { at: where }),
  step(2, 'schedule', { at: anywhere, days: fc.constantFrom(7, 30) }),
  step(3, 'cancel', { at: anywhere }),
  step(3, 'rotate', { at: where }),
  step(2, 'startRotation', { at: where, days: fc.constantFrom(90, 365) }),
  step(1, 'stopRotation', { at: where }),
  step(2, 'createAlias', { at: where, alias: aliases }),
  step(2, 'updateAlias', { at: where, alias: aliases }),
  step(1, 'deleteAlias', { alias: aliases }),
  step(5, 'encrypt', { at: where, alias: mostly(undefined, 'a', 'b') }),
  step(3, 'decrypt', { ciphertext: fc.nat(9), region: fc.constantFrom(...regions) }),
  step(5, 'import', {
    at: where,
    secret: fc.nat(2),
    hours: fc.constantFrom(undefined, 2, 9 * 24, 365 * 24),
    type: fc.constantFrom(undefined, 'NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'),
  }),
  step(2, 'deleteMaterial', { at: where, material: mostly(undefined, 0, 1, 2) }),
  step(3, 'replicate', { at: where, to: fc.constantFrom(...regions) }),
  step(2, 'updatePrimary', { at: where, to: fc.nat(5) }),
]

/** A life that begins with a key of a kind, and goes on with any steps, or with some alone. */
const life = (kind: fc.Arbitrary<Kind>, ...some: readonly Step['does'][]) => {
  const possible = steps.filter(({ does }) => some.length === 0 || some.includes(does))
  return fc
    .tuple(
      kind.map((each): Step => ({ does: 'create', kind: each })),
      fc.array(fc.oneof(...possible), { minLength: 1, maxLength: 24, size: 'max' }),
    )
    .map(([created, more]): readonly Step[] => [created, ...more])
}

/** Lives of a few keys, many of which get deep into what only keys of their kind do. */
export const lives: fc.Arbitrary<readonly Step[]> = fc.noBias(
  fc.oneof(
    life(kinds),
    life(fc.constant('own'), 'startRotation', 'pass', 'rotate', 'encrypt', 'disable', 'enable'),
    life(kinds, 'create', 'createAlias', 'updateAlias', 'schedule', 'cancel', 'pass', 'encrypt'),
    life(fc.constant('imported'), 'import', 'pass', 'rotate', 'deleteMaterial', 'encrypt'),
    life(fc.constant('multiRegion'), 'replicate', 'schedule', 'pass'),
    life(
      fc.constant('multiRegion'),
      'replicate',
      'updatePrimary',
      'encrypt',
      'decrypt',
      'rotate',
      'schedule',
      'cancel',
      'enable',
      'startRotation',
      'pass',
    ),
  ),
)
