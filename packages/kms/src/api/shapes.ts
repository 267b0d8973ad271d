/**
 * The vocabulary in which operations are declared: shapes with their bounds, and members of
 * structures. Shapes are plain data, so validation, the command line, the docs and the fuzzers
 * can all read the same row.
 */

/** A string, its length counted in UTF-16 units as AWS does. `pattern` is the model's own text. */
export type TextShape = {
  readonly kind: 'text'
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  /** AWS's own sentence for a value that breaks the pattern, where it has one: IAM's names and paths. */
  readonly patternText?: string
  /** What answers hold percent-encoded, and the command line prints decoded, as AWS's does. */
  readonly holds?: 'policy'
  /** The value may not be repeated in an error text. */
  readonly sensitive?: true
}
/** One of a closed list of names, in the model's order. */
export type EnumShape<V extends readonly string[] = readonly string[]> = {
  readonly kind: 'enum'
  readonly values: V
  /** A name that AWS lets pass as well, though its model does not have it; it is refused later. */
  readonly passes?: string
}
/** Bytes; base64 on the wire. Bounds count bytes. */
export type BlobShape = {
  readonly kind: 'blob'
  readonly min?: number
  readonly max?: number
  readonly sensitive?: true
}
export type IntegerShape = {
  readonly kind: 'integer'
  readonly min?: number
  readonly max?: number
}
export type FlagShape = { readonly kind: 'flag' }
/** An instant: milliseconds since the epoch in code, seconds with a fraction on the wire. */
export type TimeShape = { readonly kind: 'time' }
export type ListShape<M extends Shape> = {
  readonly kind: 'list'
  readonly member: M
  readonly min?: number
  readonly max?: number
}
/** Text to text, held in a `Map`, for `__proto__` is a legal name; to whole numbers in some answers. */
export type MapShape = { readonly kind: 'map'; readonly values?: 'integer' }
export type StructureShape<M extends Members> = {
  readonly kind: 'structure'
  readonly members: M
}

export type Shape =
  | TextShape
  | EnumShape
  | BlobShape
  | IntegerShape
  | FlagShape
  | TimeShape
  | MapShape
  // Spelt out, for an alias of itself would be circular.
  | { readonly kind: 'list'; readonly member: Shape; readonly min?: number; readonly max?: number }
  | { readonly kind: 'structure'; readonly members: Members }

/**
 * A member of a structure. `unbuilt` is a member that AWS knows and Keyhold does not yet: naming it
 * is refused, for to ignore it would answer another question than the one that was asked.
 */
export type Member<S extends Shape = Shape, P extends Presence = Presence> = {
  readonly shape: S
  readonly presence: P
  readonly doc: string
}
export type Presence = 'required' | 'optional' | 'unbuilt'
export type Members = { readonly [name: string]: Member }

/** What a shape holds once it is decoded. */
export type ValueOf<S> =
  S extends EnumShape<infer V>
    ? V[number]
    : S extends { kind: 'text' }
      ? string
      : S extends { kind: 'blob' }
        ? Uint8Array
        : S extends { kind: 'integer' | 'time' }
          ? number
          : S extends { kind: 'flag' }
            ? boolean
            : S extends { kind: 'map' }
              ? ReadonlyMap<string, S extends { values: 'integer' } ? number : string>
              : S extends ListShape<infer M>
                ? readonly ValueOf<M>[]
                : S extends StructureShape<infer M>
                  ? MembersValue<M>
                  : never

type NamesOf<M extends Members, P extends Presence> = {
  [K in keyof M]: M[K]['presence'] extends P ? K : never
}[keyof M]

export type MembersValue<M extends Members> = {
  readonly [K in NamesOf<M, 'required'>]: ValueOf<M[K]['shape']>
} & { readonly [K in NamesOf<M, 'optional'>]?: ValueOf<M[K]['shape']> | undefined }

export const text = (min?: number, max?: number, pattern?: string): TextShape => ({
  kind: 'text',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
  ...(pattern === undefined ? {} : { pattern }),
})
export const oneOf = <const V extends readonly string[]>(values: V): EnumShape<V> => ({
  kind: 'enum',
  values,
})
export const blob = (min: number, max: number): BlobShape => ({ kind: 'blob', min, max })
/** A blob that holds plaintext or key material: never logged, never quoted in an error. */
export const secretBlob = (min: number, max: number): BlobShape => ({
  kind: 'blob',
  min,
  max,
  sensitive: true,
})
/** Without bounds: a number that the service makes. */
export const integer = (min?: number, max?: number): IntegerShape => ({
  kind: 'integer',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
})
export const flag: FlagShape = { kind: 'flag' }
export const time: TimeShape = { kind: 'time' }
export const textMap: MapShape = { kind: 'map' }
export const integerMap = { kind: 'map', values: 'integer' } as const satisfies MapShape
/** A text that is a secret: never recorded, never quoted in an error. */
export const secretText = (min?: number, max?: number, pattern?: string): TextShape => ({
  ...text(min, max, pattern),
  sensitive: true,
})
export const listOf = <M extends Shape>(member: M, min?: number, max?: number): ListShape<M> => ({
  kind: 'list',
  member,
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
})
export const structure = <const M extends Members>(members: M): StructureShape<M> => ({
  kind: 'structure',
  members,
})

export const required = <S extends Shape>(shape: S, doc: string): Member<S, 'required'> => ({
  shape,
  presence: 'required',
  doc,
})
export const optional = <S extends Shape>(shape: S, doc: string): Member<S, 'optional'> => ({
  shape,
  presence: 'optional',
  doc,
})
export const unbuilt = <S extends Shape>(shape: S, doc: string): Member<S, 'unbuilt'> => ({
  shape,
  presence: 'unbuilt',
  doc,
})
