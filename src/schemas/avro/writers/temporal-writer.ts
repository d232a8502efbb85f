import type { JsonValue } from '../../../json/json-value.ts'
import { type FormatFault, parseDate, parseTime, parseTimestamp } from '../formats/iso-time.ts'
import type { TemporalType } from '../schema-node.ts'
import { writeInt, writeLong } from './integer-writers.ts'
import { Shape, scalarWriter, type Writer } from './writer.ts'

interface TemporalForm {
  kind: 'int' | 'long'
  example: string
  parse: (text: string) => number | bigint | FormatFault
}

const forms: Readonly<Record<TemporalType['name'], TemporalForm>> = {
  date: { kind: 'int', example: '2026-01-31', parse: parseDate },
  'time-millis': timeOfDay('int', 3),
  'time-micros': timeOfDay('long', 6),
  'timestamp-millis': timestamp(3, true),
  'timestamp-micros': timestamp(6, true),
  'timestamp-nanos': timestamp(9, true),
  'local-timestamp-millis': timestamp(3, false),
  'local-timestamp-micros': timestamp(6, false),
  'local-timestamp-nanos': timestamp(9, false),
}

function timeOfDay(kind: 'int' | 'long', digits: number): TemporalForm {
  return { kind, example: '10:15:30.5', parse: (text) => parseTime(text, digits) }
}

function timestamp(digits: number, zoned: boolean): TemporalForm {
  const example = `2026-01-31T10:15:30.5${zoned ? 'Z' : ''}`
  return { kind: 'long', example, parse: (text) => parseTimestamp(text, digits, zoned) }
}

const epochText = /^-?\d+$/

/** ISO 8601, or the number that Avro stores; where that is a long, as a string of digits too. */
export function temporalWriter({ name }: TemporalType): Writer {
  const { kind, example, parse } = forms[name]
  const expected = `${name} (such as ${example})`
  const writeNumber = kind === 'int' ? writeInt : writeLong
  return scalarWriter(Shape.number | Shape.string, (value: JsonValue, run) => {
    if (typeof value !== 'string' || (kind === 'long' && epochText.test(value)))
      return writeNumber(value, expected, run)
    const units = parse(value)
    if (typeof units === 'string') run.fault(units, expected, value)
    else run.sink.long(units)
  })
}
