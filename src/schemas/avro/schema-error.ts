/** A schema that events cannot be judged by. The message says what is wrong with it, and where. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}
