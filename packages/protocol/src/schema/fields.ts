/**
 * The notation in which messages are declared: one function per kind of field, and the types inferred from it.
 *
 * A message is a struct; the order of its properties is the order on the wire. This file describes only. What the
 * description means in bytes is the business of compile-reader.ts and compile-writer.ts.
 */
import assert from 'node:assert/strict'
import { ZERO_UUID } from '../uuid.js'
import { ALL_VERSIONS, NO_VERSIONS, parseVersionRange, type VersionRange } from './version-range.js'

/** What can be said of a field besides its kind. */
export interface FieldOptions<Default> {
  /** Versions that have the field, such as `3+` or `0-12`; without it, `taggedVersions`, or all that have the struct. */
  readonly versions?: string
  /** Versions in which the field may be null; `true` for all. */
  readonly nullable?: true | string
  /** What a version without the field decodes to, instead of 0, false, '', [] or the zero UUID. */
  readonly default?: Default
  /** A value other than the default may be dropped silently in a version without the field. */
  readonly ignorable?: boolean
  /** Number of a tagged field; needs `taggedVersions`. */
  readonly tag?: number
  /** Versions that carry the field in the tagged section. */
  readonly taggedVersions?: string
  /** The elements of the array around it are unique by this field. Documentation: arrays stay arrays. */
  readonly mapKey?: boolean
  /** `none`: never in the compact encoding, not even in flexible versions. */
  readonly flexible?: 'none'
  readonly about?: string
}

export type PrimitiveKind =
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'wideInt64'
  | 'float64'
  | 'bool'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

/** Kafka's default of each kind, where the field does not name its own. */
const KIND_DEFAULTS: Readonly<Record<PrimitiveKind | 'array' | 'struct', unknown>> = {
  int8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0,
  wideInt64: 0,
  float64: 0,
  bool: false,
  string: '',
  uuid: ZERO_UUID,
  bytes: '',
  records: null,
  array: '',
  struct: '',
}

interface FieldCommon {
  readonly versions: VersionRange
  readonly nullable: VersionRange
  /** A primitive value or null. Arrays, bytes and structs that are not null by default are empty by default. */
  readonly default: unknown
  /** Whether it may be left out of a value to encode. */
  readonly optional: boolean
  readonly ignorable: boolean
  readonly tag: number | undefined
  readonly taggedVersions: VersionRange
  readonly mapKey: boolean
  readonly alwaysClassic: boolean
  readonly about: string | undefined
}

export interface PrimitiveSpec extends FieldCommon {
  readonly kind: PrimitiveKind
}

export interface ArraySpec extends FieldCommon {
  readonly kind: 'array'
  readonly element: FieldSpec
}

export interface StructSpec extends FieldCommon {
  readonly kind: 'struct'
  readonly fields: Readonly<Record<string, FieldSpec>>
}

/** The run-time side of a field: all that the compilers need. */
export type FieldSpec = PrimitiveSpec | ArraySpec | StructSpec

/** The type-level side of a field: what decoding gives, what encoding takes, and whether that may be left out. */
export interface Typed<Decoded, Input, Optional extends boolean> {
  /** Never there at run time. */
  readonly types?: { readonly decoded: Decoded; readonly input: Input; readonly optional: Optional }
}

export type AnyField = FieldSpec & Typed<unknown, unknown, boolean>
type Fields = Readonly<Record<string, AnyField>>

/** A tagged field that the schema does not know: kept as it came, and written again. */
export interface UnknownTaggedField {
  tag: number
  data: Buffer
}

type DecodedOf<F> = F extends Typed<infer Decoded, unknown, boolean> ? Decoded : never
type InputOf<F> = F extends Typed<unknown, infer Input, boolean> ? Input : never
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Typed<unknown, unknown, true> ? K : never
}[keyof F]

type DecodedStruct<F extends Fields> = {
  -readonly [K in keyof F]: DecodedOf<F[K]>
} & { unknownTaggedFields?: UnknownTaggedField[] }

type InputStruct<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: InputOf<F[K]>
} & { readonly [K in OptionalKeys<F>]?: InputOf<F[K]> } & {
  readonly unknownTaggedFields?: readonly UnknownTaggedField[]
}

type NoOptions = Record<never, never>
type NullOf<O> = O extends { readonly nullable: true | string } ? null : never
type OptionalOf<O> = O extends
  | { readonly versions: string }
  | { readonly taggedVersions: string }
  | { readonly default: unknown }
  ? true
  : false

type PrimitiveField<Decoded, Input, O> = PrimitiveSpec & Typed<Decoded | NullOf<O>, Input | NullOf<O>, OptionalOf<O>>

export interface StructField<F extends Fields, Null = never, Optional extends boolean = boolean>
  extends StructSpec,
    Typed<DecodedStruct<F> | Null, InputStruct<F> | Null, Optional> {
  readonly fields: F
}

export type AnyStruct = StructSpec & Typed<unknown, unknown, boolean>

/** What decoding a struct gives: every field is there, those that the version lacks at their defaults. */
export type Infer<S> = S extends StructField<infer F, infer _Null, infer _Optional> ? DecodedStruct<F> : never

/**
 * What encoding a struct takes: fields with a default, and fields that some versions lack, may be left out and are then
 * at their defaults. Arrays may be read-only.
 */
export type InferInput<S> = S extends StructField<infer F, infer _Null, infer _Optional> ? InputStruct<F> : never

const NO_OPTIONS: FieldOptions<unknown> = {}

/**
 * Keeps its options as they were given and reads them when it is asked: a program loads the declarations of all messages, and
 * compiles those of a few.
 */
class Field<Kind extends FieldSpec['kind']> implements FieldCommon {
  readonly kind: Kind
  readonly #options: FieldOptions<unknown>

  constructor(kind: Kind, options: FieldOptions<unknown> = NO_OPTIONS) {
    assert((options.tag === undefined) === (options.taggedVersions === undefined), 'a tag needs taggedVersions')
    this.kind = kind
    this.#options = options
  }

  get versions(): VersionRange {
    return range(this.#options.versions ?? this.#options.taggedVersions, ALL_VERSIONS)
  }

  get nullable(): VersionRange {
    return range(this.#options.nullable, NO_VERSIONS)
  }

  get default(): unknown {
    return this.#options.default === undefined ? KIND_DEFAULTS[this.kind] : this.#options.default
  }

  get optional(): boolean {
    const { versions, taggedVersions, default: value } = this.#options
    return versions !== undefined || taggedVersions !== undefined || value !== undefined
  }

  get ignorable(): boolean {
    return this.#options.ignorable ?? false
  }

  get tag(): number | undefined {
    return this.#options.tag
  }

  get taggedVersions(): VersionRange {
    return range(this.#options.taggedVersions, NO_VERSIONS)
  }

  get mapKey(): boolean {
    return this.#options.mapKey ?? false
  }

  get alwaysClassic(): boolean {
    return this.#options.flexible === 'none'
  }

  get about(): string | undefined {
    return this.#options.about
  }
}

class ArrayField extends Field<'array'> {
  readonly element: FieldSpec

  constructor(element: FieldSpec, options?: FieldOptions<unknown>) {
    super('array', options)
    this.element = element
  }
}

class StructOf<F extends Fields> extends Field<'struct'> {
  readonly fields: F

  constructor(fields: F, options?: FieldOptions<unknown>) {
    super('struct', options)
    this.fields = fields
  }
}

function range(text: true | string | undefined, otherwise: VersionRange): VersionRange {
  if (text === undefined) return otherwise
  return text === true ? ALL_VERSIONS : parseVersionRange(text)
}

function primitive<Decoded, Input = Decoded>(kind: PrimitiveKind) {
  return <const O extends FieldOptions<Decoded | null> = NoOptions>(options?: O): PrimitiveField<Decoded, Input, O> =>
    new Field(kind, options)
}

export const int8 = primitive<number>('int8')
export const int16 = primitive<number>('int16')
export const uint16 = primitive<number>('uint16')
export const int32 = primitive<number>('int32')
export const uint32 = primitive<number>('uint32')
/** A 64-bit integer that must be a safe one: offsets, ids, epochs. Anything else is malformed. */
export const int64 = primitive<number>('int64')
/** A 64-bit integer of which any value is taken, and decoded to the nearest double. 2^63 is written as 2^63 - 1. */
export const wideInt64 = primitive<number>('wideInt64')
/** Milliseconds since 1970 as sent by a client, who may send any 64 bits: a `wideInt64`. */
export const timestamp = wideInt64
export const float64 = primitive<number>('float64')
export const bool = primitive<boolean>('bool')
/** UTF-8, at most 32,767 bytes. */
export const string = primitive<string>('string')
/** 16 bytes, in Kafka's text form (see uuid.ts). */
export const uuid = primitive<string>('uuid')
/** Decodes to a view of the buffer that was read. */
export const bytes = primitive<Buffer>('bytes')
/** Record batches: decodes to a view; encoding passes the buffers through without copying them. */
export const records = primitive<Buffer, Buffer | readonly Buffer[]>('records')

/** A list. Elements take no options of their own but `nullable`. */
export function array<E extends AnyField, const O extends FieldOptions<null> = NoOptions>(
  element: E,
  options?: O,
): ArraySpec & Typed<DecodedOf<E>[] | NullOf<O>, readonly InputOf<E>[] | NullOf<O>, OptionalOf<O>> {
  return new ArrayField(element, options)
}

/** A message, or a struct within one. The order of `fields` is the order on the wire. */
export function struct<F extends Fields, const O extends FieldOptions<null> = NoOptions>(
  fields: F,
  options?: O,
): StructField<F, NullOf<O>, OptionalOf<O>> {
  return new StructOf(fields, options)
}
