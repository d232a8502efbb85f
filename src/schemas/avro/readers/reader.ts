import type { JsonValue } from '../../../json/json-value.ts'
import type { ByteSource } from '../byte-source.ts'

/** Reads the values of one schema node as natural JSON. */
export type Reader = (source: ByteSource) => JsonValue
