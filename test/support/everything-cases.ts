import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDirectory } from '../../local/paths.ts'

type Members = Record<string, unknown>

/** A datum of `everything.avsc`, written down by hand in both its forms. */
export interface EverythingCase {
  title: string
  /** As it is read over HTTP, with longs as strings. */
  value: Members
  /** As it is published; the members that differ from `value` say the same in another way. */
  sent: Members
  /** As the clients of other languages show and take it: test/clients/README.md. */
  text: Members
}

export const clientsDirectory = join(projectDirectory, 'test', 'clients')
export const everythingSchema: unknown = JSON.parse(readFileSync(join(clientsDirectory, 'everything.avsc'), 'utf8'))

const plainValue: Members = {
  aNull: null,
  aBoolean: true,
  anInt: 7,
  aLong: '8',
  aFloat: 1.5,
  aDouble: -2.5,
  aString: 'text',
  someBytes: 'AQL/',
  aFixed: 'AAECAw==',
  anEnum: 'GREEN',
  nullable: null,
  shape: { size: '3', isTilted: true },
  longs: ['1', '-2'],
  counts: { a: 1, b: -2 },
  address: { street: 'Main Street', number: 12 },
  chain: { value: 1, next: { value: 2, next: null } },
  aDate: '2026-03-01',
  aMilli: '2026-03-01T09:30:00.250Z',
  aMicro: '2026-03-01T09:30:00.000250Z',
  aDecimal: '12.5000',
  aFixedDecimal: '12.50',
  aUuid: '123e4567-e89b-12d3-a456-426614174000',
}

const plainText: Members = {
  ...plainValue,
  anInt: '7',
  aFloat: '3fc00000',
  aDouble: 'c004000000000000',
  someBytes: '0102ff',
  aFixed: '00010203',
  shape: { 'org.example.languages.Square': { size: '3', isTilted: true } },
  counts: { a: '1', b: '-2' },
  address: { street: 'Main Street', number: { int: '12' } },
  chain: { value: '1', next: { 'org.example.languages.Link': { value: '2', next: null } } },
}

interface Difference {
  value?: Members
  /** What differs in `text`, and is not said as in `value`. */
  text?: Members
  sent?: Members
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const manyDigits = JSON.rawJSON
const hardText = 'tab\t quote" \\ \u0000 é 日本 𝄞 👩‍🚀'

const differences: Record<string, Difference> = {
  'plain values': {},
  'the largest numbers': {
    value: {
      anInt: 2 ** 31 - 1,
      aLong: '9223372036854775807',
      aFloat: 3.4028234663852886e38,
      aDouble: Number.MAX_VALUE,
      longs: ['9223372036854775807', '9223372036854775806'],
    },
    text: { anInt: '2147483647', aFloat: '7f7fffff', aDouble: '7fefffffffffffff' },
    sent: { aLong: manyDigits('9223372036854775807') },
  },
  'the smallest numbers': {
    value: {
      anInt: -(2 ** 31),
      aLong: '-9223372036854775808',
      aFloat: 2 ** -149,
      aDouble: Number.MIN_VALUE,
      longs: ['-9223372036854775808', '0'],
    },
    text: { anInt: '-2147483648', aFloat: '00000001', aDouble: '0000000000000001' },
    sent: { aLong: manyDigits('-9223372036854775808') },
  },
  'integers that a double cannot hold': {
    value: { aLong: '9007199254740993', longs: ['-9007199254740993'] },
    sent: { aLong: manyDigits('9007199254740993'), longs: [manyDigits('-9007199254740993')] },
  },
  'not a number': {
    value: { aFloat: 'NaN', aDouble: 'NaN' },
    text: { aFloat: '7fc00000', aDouble: '7ff8000000000000' },
  },
  infinity: {
    value: { aFloat: 'Infinity', aDouble: 'Infinity' },
    text: { aFloat: '7f800000', aDouble: '7ff0000000000000' },
  },
  'negative infinity': {
    value: { aFloat: '-Infinity', aDouble: '-Infinity' },
    text: { aFloat: 'ff800000', aDouble: 'fff0000000000000' },
  },
  'zeros, with a sign where there is one': {
    value: { anInt: 0, aLong: '0', aFloat: -0, aDouble: -0, aDecimal: '0.0000', aFixedDecimal: '0.00' },
    text: { anInt: '0', aFloat: '80000000', aDouble: '8000000000000000' },
    sent: { aFloat: manyDigits('-0.0'), aDouble: manyDigits('-0.0') },
  },
  'whatever is empty': {
    value: { aString: '', someBytes: '', nullable: '', longs: [], counts: {}, address: { street: '', number: null } },
    text: { nullable: { string: '' } },
  },
  'text of every kind': {
    value: { aString: hardText, nullable: hardText, counts: { '': 0, '🔑': 1, __proto__x: 2 }, anEnum: 'BLUE' },
    text: { nullable: { string: hardText }, counts: { '': '0', '🔑': '1', __proto__x: '2' } },
  },
  'every byte': {
    value: { someBytes: everyByte.toString('base64'), aFixed: '/////w==' },
    text: { someBytes: everyByte.toString('hex'), aFixed: 'ffffffff' },
  },
  'the record that the plain form cannot name': {
    value: { shape: { 'org.example.languages.Circle': { size: '-1' } } },
  },
  'a long chain': {
    value: { chain: chainOf(60, (value, next) => ({ value, next })) },
    text: {
      chain: chainOf(60, (value, next) => ({
        value: String(value),
        next: next && { 'org.example.languages.Link': next },
      })),
    },
  },
  'decimals of all digits': {
    value: { aDecimal: '99999999999999999999999999.9999', aFixedDecimal: '9999999999999999.99' },
    sent: { aDecimal: manyDigits('99999999999999999999999999.9999') },
  },
  'negative decimals of all digits': {
    value: { aDecimal: '-99999999999999999999999999.9999', aFixedDecimal: '-9999999999999999.99' },
  },
  'decimals where another byte begins': { value: { aDecimal: '0.0128', aFixedDecimal: '-1.28' } },
  'negative decimals where another byte begins': { value: { aDecimal: '-0.0128', aFixedDecimal: '-1.29' } },
  'the moment before 1970': {
    value: { aDate: '1969-12-31', aMilli: '1969-12-31T23:59:59.999Z', aMicro: '1969-12-31T23:59:59.999999Z' },
    sent: { aMilli: '1970-01-01T01:59:59.999+02:00' },
  },
  'the first moment of year 1': {
    value: { aDate: '0001-01-01', aMilli: '0001-01-01T00:00:00.000Z', aMicro: '0001-01-01T00:00:00.000000Z' },
  },
  'the last moment of year 9999': {
    value: { aDate: '9999-12-31', aMilli: '9999-12-31T23:59:59.999Z', aMicro: '9999-12-31T23:59:59.999999Z' },
  },
}

export const everythingCases: readonly EverythingCase[] = Object.entries(differences).map(([title, difference]) => ({
  title,
  value: { ...plainValue, ...difference.value },
  sent: { ...plainValue, ...difference.value, ...difference.sent },
  text: { ...plainText, ...difference.value, ...difference.text },
}))

function chainOf<T>(links: number, link: (value: number, next: T | null) => T): T | null {
  let chain: T | null = null
  for (let value = links; value > 0; value--) chain = link(value, chain)
  return chain
}
