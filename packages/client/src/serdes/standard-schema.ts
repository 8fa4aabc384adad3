/** The part of the Standard Schema interface (standardschema.dev) that validation needs: zod, valibot, arktype … have it. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The valid value. Errors: TypeError that names what is wrong, or that the schema cannot be used synchronously. */
export function validated<Output>(schema: StandardSchema<Output>, value: unknown): Output {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise)
    throw new TypeError('the schema validates asynchronously, which a serde cannot wait for')
  if (result.issues === undefined) return result.value
  throw new TypeError(`not valid: ${result.issues.map(describe).join('; ')}`)
}

function describe({ message, path = [] }: StandardIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return where === '' ? message : `${where}: ${message}`
}
