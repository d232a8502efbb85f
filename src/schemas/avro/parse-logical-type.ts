import type { JsonObject } from '../../json/json-value.ts'
import { SchemaError } from './schema-error.ts'
import type { DecimalType, FixedNode, NumberNode, StringNode, TemporalType } from './schema-node.ts'

const temporalTypes: Readonly<Record<TemporalType['name'], NumberNode['kind']>> = {
  date: 'int',
  'time-millis': 'int',
  'time-micros': 'long',
  'timestamp-millis': 'long',
  'timestamp-micros': 'long',
  'timestamp-nanos': 'long',
  'local-timestamp-millis': 'long',
  'local-timestamp-micros': 'long',
  'local-timestamp-nanos': 'long',
}

const mostDigits = 1000

// Avro 1.12, "Logical Types": one that is unknown or not valid is ignored, and the type beneath it is used.

export function temporalTypeOf(schema: JsonObject, kind: NumberNode['kind']): TemporalType | undefined {
  const name = logicalName(schema)
  if (name === undefined || !Object.hasOwn(temporalTypes, name)) return undefined
  const temporal = name as TemporalType['name']
  return temporalTypes[temporal] === kind ? { name: temporal } : undefined
}

export function decimalTypeOf(schema: JsonObject, fixedSize?: number): DecimalType | undefined {
  if (logicalName(schema) !== 'decimal') return undefined
  const { precision, scale = 0 } = schema
  if (!isCount(precision) || !isCount(scale) || precision === 0 || scale > precision) return undefined
  if (fixedSize !== undefined && precision > Math.floor(Math.log10(2) * (8 * fixedSize - 1))) return undefined
  if (precision > mostDigits) throw new SchemaError(`A decimal has a precision above ${mostDigits}.`)
  return { name: 'decimal', precision, scale }
}

export function stringTypeOf(schema: JsonObject): StringNode['logical'] {
  return logicalName(schema) === 'uuid' ? { name: 'uuid' } : undefined
}

export function fixedTypeOf(schema: JsonObject, size: number): FixedNode['logical'] {
  const name = logicalName(schema)
  if (name === 'uuid' && size === 16) return { name }
  if (name === 'duration' && size === 12) return { name }
  return decimalTypeOf(schema, size)
}

function logicalName(schema: JsonObject): string | undefined {
  return typeof schema.logicalType === 'string' ? schema.logicalType : undefined
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
