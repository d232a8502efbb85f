import type { SchemaFile } from './schema-file.ts'

/** The full names of all types that files define. */
export const definedBy = (files: readonly SchemaFile[]): string[] =>
  files.flatMap(({ alone }) => [...alone.defined.keys()])
