import { parseTime } from '../../json/time.ts'
import { isNumeric, literalNumber, type Numeric } from './filter-numbers.ts'
import { isObject, type Kind, type Value } from './filter-value.ts'

export interface FilterFunction {
  /** `call`: size(x); `method`: x.size(). */
  forms: readonly ('call' | 'method')[]
  /** What each argument may be; the first is the one before the dot. */
  takes: readonly (readonly Kind[])[]
  gives: Kind
  /** Undefined where there is no answer. Takes time in proportion to the arguments, at most. */
  apply: (first: Value, second: Value) => Value
}

/** The longest text that `contains` looks for. Up to it, V8 searches in linear time (Boyer-Moore with all its tables). */
export const mostSought = 250
const longestNumber = 40
const mostMs = 8.64e15

const ofString = (apply: (text: string) => Value): FilterFunction['apply'] => {
  return (first) => (typeof first === 'string' ? apply(first) : undefined)
}

const ofStrings = (apply: (text: string, part: string) => boolean): FilterFunction['apply'] => {
  return (text, part) => (typeof text === 'string' && typeof part === 'string' ? apply(text, part) : undefined)
}

const ofTime = (get: (time: Date) => number): FilterFunction => ({
  forms: ['method'],
  takes: [['time']],
  gives: 'number',
  apply: (time) => (time instanceof Date ? get(time) : undefined),
})

const textPart = (apply: (text: string, part: string) => boolean): FilterFunction => ({
  forms: ['method'],
  takes: [['string'], ['string']],
  gives: 'bool',
  apply: ofStrings(apply),
})

const textForm = (apply: (text: string) => string): FilterFunction => ({
  forms: ['method'],
  takes: [['string']],
  gives: 'string',
  apply: ofString(apply),
})

/** The functions of filters, as CEL defines them. */
export const filterFunctions: ReadonlyMap<string, FilterFunction> = new Map<string, FilterFunction>([
  ['size', { forms: ['call', 'method'], takes: [['string', 'list', 'object']], gives: 'number', apply: sizeOf }],
  ['startsWith', textPart((text, part) => text.startsWith(part))],
  ['endsWith', textPart((text, part) => text.endsWith(part))],
  ['contains', textPart((text, part) => text.includes(part))],
  ['lowerAscii', textForm((text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()))],
  ['upperAscii', textForm((text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()))],
  ['int', { forms: ['call'], takes: [['number', 'string']], gives: 'number', apply: intOf }],
  ['double', { forms: ['call'], takes: [['number', 'string']], gives: 'number', apply: doubleOf }],
  ['string', { forms: ['call'], takes: [['string', 'number', 'bool']], gives: 'string', apply: stringOf }],
  ['timestamp', { forms: ['call'], takes: [['string', 'number', 'time']], gives: 'time', apply: timeOf }],
  ['getFullYear', ofTime((time) => time.getUTCFullYear())],
  ['getMonth', ofTime((time) => time.getUTCMonth())],
  ['getDate', ofTime((time) => time.getUTCDate())],
  ['getDayOfWeek', ofTime((time) => time.getUTCDay())],
  ['getHours', ofTime((time) => time.getUTCHours())],
  ['getMinutes', ofTime((time) => time.getUTCMinutes())],
  ['getSeconds', ofTime((time) => time.getUTCSeconds())],
])

function sizeOf(value: Value): Numeric | undefined {
  if (typeof value === 'string') return codePoints(value)
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : undefined
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function intOf(value: Value): Numeric | undefined {
  if (typeof value === 'string') return /^-?\d{1,20}$/.test(value) ? literalNumber(value) : undefined
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : undefined
}

function doubleOf(value: Value): Numeric | undefined {
  if (isNumeric(value)) return value
  if (typeof value !== 'string' || value.length > longestNumber || value.trim() === '') return undefined
  const double = Number(value)
  return Number.isNaN(double) ? undefined : double
}

function stringOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return isNumeric(value) || typeof value === 'boolean' ? String(value) : undefined
}

function timeOf(value: Value): Date | undefined {
  if (value instanceof Date) return value
  const ms = typeof value === 'string' ? parseTime(value) : isNumeric(value) ? Number(value) * 1000 : undefined
  return ms !== undefined && Math.abs(ms) <= mostMs ? new Date(ms) : undefined
}
