import type { JsonValue } from '../../json/json-value.ts'
import { ByteSink } from '../byte-sink.ts'
import type { DecodeOptions, EventCodec } from '../event-codec.ts'
import { ByteSource } from './byte-source.ts'
import { Encoding } from './encoding.ts'
import { parseSchema } from './parse-schema.ts'
import { ReaderCompiler } from './readers/read-node.ts'
import { WriterCompiler } from './writers/write-node.ts'

/**
 * The codec of an Avro schema's JSON. `references` are the schemas whose named types it uses, each after those that it
 * uses itself. Throws a SchemaError where the schema cannot be used.
 */
export function compileAvro(schema: string, references: readonly string[] = []): EventCodec {
  const type = parseSchema(schema, references)
  const writers = new WriterCompiler()
  const writer = writers.writerOf(type)
  const read = new ReaderCompiler(writers).readerOf(type)
  const scratch = new ByteSink()
  return {
    type,
    encode(value, sink) {
      const run = new Encoding(sink)
      writer.encode(value, run)
      return run.violations
    },
    decode(bytes: Buffer, start: number, { longs }: DecodeOptions): JsonValue {
      scratch.reset()
      const source = new ByteSource(bytes, start, longs, new Encoding(scratch))
      const value = read(source)
      if (source.rest !== 0) source.fail('there are bytes after the end')
      return value
    },
  }
}
