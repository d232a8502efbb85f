import { ExactNumber } from '../../json/json-value.ts'
import {
  type BytesNode,
  type DecimalType,
  type EnumNode,
  type FixedNode,
  type NumberNode,
  type StringNode,
  type TemporalType,
  typeName,
} from '../../schemas/avro/schema-node.ts'
import type { Direction, NaturalType, NumberType, SymbolsType, TextType } from './natural-type.ts'
import * as patterns from './patterns.ts'

type Scalar = NumberType | TextType | SymbolsType

const largestFloat = (2 - 2 ** -23) * 2 ** 127
// JSON's readers take greater ones for infinite.
const mostDigitsOfBound = 300
// All decimals of so many digits are different doubles.
const mostExactDigits = 15

const int: NumberType = { is: 'number', isInteger: true, least: -(2 ** 31), most: 2 ** 31 - 1, example: 1 }
const long: NumberType = {
  is: 'number',
  isInteger: true,
  least: new ExactNumber('-9223372036854775808'),
  most: new ExactNumber('9223372036854775807'),
  example: 1,
}
const longText: TextType = { is: 'text', pattern: patterns.longText, example: '1' }
const notFinite: SymbolsType = { is: 'symbols', symbols: ['NaN', 'Infinity', '-Infinity'] }

const numbers: Readonly<Record<NumberNode['kind'], NaturalType>> = {
  int,
  long: {
    is: 'spellings',
    name: 'long',
    of: [long, longText],
    about: 'A 64-bit integer; as a string of digits where a double would round it.',
  },
  float: {
    is: 'spellings',
    name: 'float',
    of: [{ is: 'number', isInteger: false, least: -largestFloat, most: largestFloat, example: 1.5 }, notFinite],
    about: 'A number of 32 bits.',
  },
  double: {
    is: 'spellings',
    name: 'double',
    of: [{ is: 'number', isInteger: false, example: 1.5 }, notFinite],
    about: 'A number of 64 bits.',
  },
}

export function numberType({ kind, logical }: NumberNode, direction: Direction): NaturalType {
  if (!logical) return numbers[kind]
  const { name } = logical
  const { pattern, example, canonical } = temporal[name]
  const iso: TextType = { is: 'text', pattern: direction === 'read' ? canonical : pattern, example }
  const units = kind === 'int' ? [int] : [long, longText]
  return { is: 'spellings', name, of: [iso, ...units], about: `${name}, as ISO 8601${unitsOf(name)}.` }
}

const unitsOf = (name: string): string =>
  name === 'date'
    ? ', or days since 1970'
    : `, or ${name.split('-').at(-1)} since ${name.startsWith('time-') ? 'midnight' : '1970'}`

interface TemporalForm {
  pattern: string
  /** What is read. */
  canonical: string
  example: string
}

function timestamp(digits: number, zone: { pattern: string; example: string; canonical: string }): TemporalForm {
  return {
    pattern: `${patterns.date}T${patterns.time(digits)}${zone.pattern}`,
    canonical: `${patterns.date}T${patterns.fullTime(digits)}${zone.canonical}`,
    example: `2026-03-01T09:30:00.${'0'.repeat(digits)}${zone.example}`,
  }
}

const timeOfDay = (digits: number): TemporalForm => ({
  pattern: patterns.time(digits),
  canonical: patterns.fullTime(digits),
  example: `09:30:00.${'0'.repeat(digits)}`,
})

const utc = { pattern: patterns.zone, canonical: 'Z', example: 'Z' }
const local = { pattern: '', canonical: '', example: '' }
const temporal: Readonly<Record<TemporalType['name'], TemporalForm>> = {
  date: { pattern: patterns.date, canonical: patterns.date, example: '2026-03-01' },
  'time-millis': timeOfDay(3),
  'time-micros': timeOfDay(6),
  'timestamp-millis': timestamp(3, utc),
  'timestamp-micros': timestamp(6, utc),
  'timestamp-nanos': timestamp(9, utc),
  'local-timestamp-millis': timestamp(3, local),
  'local-timestamp-micros': timestamp(6, local),
  'local-timestamp-nanos': timestamp(9, local),
}

const uuid: TextType = {
  is: 'text',
  isUuid: true,
  pattern: patterns.uuid,
  example: '123e4567-e89b-12d3-a456-426614174000',
}

/** Of a text, Avro lets a writer put anything where it says `uuid`. */
export function stringType({ logical }: StringNode, direction: Direction): NaturalType {
  if (!logical) return { is: 'text', example: 'text' }
  return direction === 'publish' ? uuid : { is: 'text', example: uuid.example, about: 'A uuid.' }
}

export function bytesType({ logical }: BytesNode, direction: Direction): NaturalType {
  if (logical) return decimalType(logical, direction)
  return { is: 'text', isBase64: true, pattern: patterns.base64(), example: 'SGVhZGdhdGU=', about: 'Bytes as base64.' }
}

export function fixedType({ size, logical }: FixedNode, direction: Direction): NaturalType {
  switch (logical?.name) {
    case 'decimal':
      return decimalType(logical, direction)
    case 'uuid':
      return uuid
    case 'duration':
      return { is: 'text', pattern: patterns.duration, example: 'P1DT2H30M', about: 'An ISO 8601 duration.' }
    default:
      return {
        is: 'text',
        isBase64: true,
        pattern: patterns.base64(size),
        length: 4 * Math.ceil(size / 3),
        example: Buffer.alloc(size, 'Headgate').toString('base64'),
        about: `${size} bytes as base64.`,
      }
  }
}

export function enumType({ name, doc, symbols }: EnumNode): NaturalType {
  return { is: 'symbols', symbols, name, ...(doc !== undefined && { doc }) }
}

function decimalType(logical: DecimalType, direction: Direction): NaturalType {
  const { precision, scale } = logical
  const about = `${typeName({ kind: 'bytes', logical })}.`
  const example = decimalExample(precision, scale)
  if (direction === 'read') return { is: 'text', pattern: patterns.writtenDecimal(scale), example, about }
  const bound = decimalBound(precision, scale)
  const number: NumberType = {
    is: 'number',
    isInteger: scale === 0,
    ...(bound && { least: new ExactNumber(`-${bound.text}`), most: bound }),
    example: 1,
  }
  const of: Scalar[] = [{ is: 'text', pattern: patterns.decimal(precision, scale), example }, number]
  return { is: 'spellings', name: typeName({ kind: 'bytes', logical }), of, about }
}

/** The greatest value where a double holds it, else what is above it in any rounding. */
function decimalBound(precision: number, scale: number): ExactNumber | undefined {
  const whole = precision - scale
  if (whole > mostDigitsOfBound) return undefined
  if (precision > mostExactDigits) return new ExactNumber(`1e${whole}`)
  return new ExactNumber(`${'9'.repeat(whole) || '0'}${scale === 0 ? '' : `.${'9'.repeat(scale)}`}`)
}

function decimalExample(precision: number, scale: number): string {
  const whole = '19'.slice(0, precision - scale) || '0'
  return scale === 0 ? whole : `${whole}.${'9'.padEnd(scale, '0')}`
}
