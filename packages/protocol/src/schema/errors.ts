/** Why bytes were refused. */
export type MalformedReason =
  /** A field ends after the message does. */
  | 'truncated'
  /** A length or count below zero that does not mean null. */
  | 'negative-length'
  /** A string longer than 32,767 bytes. */
  | 'string-too-long'
  /** An array that claims more elements than the limit, or than the rest of the message can hold. */
  | 'too-many-elements'
  /** A struct that claims more tagged fields than the limit, or than the rest of the message can hold. */
  | 'too-many-tags'
  /** A tagged field whose content is shorter or longer than its size says. */
  | 'tag-size-mismatch'
  /** A variable-length number of more than 32 bits. */
  | 'varint-overflow'
  /** A string that is not UTF-8. */
  | 'invalid-utf8'
  /** Null in a field that cannot be null in this version. */
  | 'unexpected-null'
  /** An int64 that a JavaScript number cannot hold exactly. */
  | 'unsafe-integer'
  /** A stored message of a version that is not known. */
  | 'unknown-version'

/** The bytes are not the message that they should be. Whoever sent them is at fault: a broker closes the connection. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError'
  readonly code = 'MALFORMED_MESSAGE'
  readonly reason: MalformedReason
  /** Position in the buffer where reading stopped. */
  readonly position: number

  /** `what` names message and version, such as `FetchRequest v12`. */
  constructor(what: string, reason: MalformedReason, position: number) {
    super(`${what}: ${reason} at byte ${position}`)
    this.reason = reason
    this.position = position
  }
}

/** Why a value cannot be written. */
export type UnencodableReason =
  /** A value other than the default, in a field that this version does not have and that must not be dropped. */
  | 'field-not-in-version'
  /** Null in a field that cannot be null in this version. */
  | 'null-not-allowed'
  /** A value of the wrong type, such as a missing required field. */
  | 'wrong-type'
  /** A number outside the range of its type, or not an integer. */
  | 'out-of-range'
  /** A string of more than 32,767 bytes, or an array or bytes beyond 2 GiB. */
  | 'too-long'
  /** Tagged fields in a version without them, twice the same tag, or a tag that belongs to a known field. */
  | 'bad-tag'

/** The value is not one that this version of the message can carry. Whoever built it is at fault. */
export class UnencodableMessageError extends Error {
  override readonly name = 'UnencodableMessageError'
  readonly code = 'UNENCODABLE_MESSAGE'
  readonly reason: UnencodableReason
  /** The field, without the path to it. */
  readonly field: string

  constructor(what: string, reason: UnencodableReason, field: string) {
    super(`${what}: ${field}: ${reason}`)
    this.reason = reason
    this.field = field
  }
}
