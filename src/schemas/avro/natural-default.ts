import type { JsonValue } from '../../json/json-value.ts'
import { ByteSink } from '../byte-sink.ts'
import { ByteSource } from './byte-source.ts'
import { defaultBytesOf } from './default-bytes.ts'
import { Encoding } from './encoding.ts'
import { ReaderCompiler } from './readers/read-node.ts'
import type { FieldNode } from './schema-node.ts'
import { WriterCompiler } from './writers/write-node.ts'

/** What is read of a field that was left out; undefined where it has no default. */
export function naturalDefaults(): (field: FieldNode, record: string) => JsonValue | undefined {
  const writers = new WriterCompiler()
  const readers = new ReaderCompiler(writers)
  return (field, record) => {
    const bytes = defaultBytesOf(field, record)
    return bytes && readers.readerOf(field.type)(new ByteSource(bytes, 0, 'number', new Encoding(new ByteSink())))
  }
}
