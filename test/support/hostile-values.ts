import { gzipSync } from 'node:zlib'
import type { SeededRandom } from './seeded-random.ts'

const numbers = [
  ...['1', '1.0', '1e2', '2147483647', '2147483648'],
  ...['1e400', '-1e400', '1e-400', '-0', '00', '01', '1.', '.1', '+1', '0x10', '1e', '1e+', 'NaN', '-Infinity', '٣'],
  ...['9007199254740993', '-9223372036854775809', '18446744073709551616', '1e308', '5e-324', '0.1e1000000000'],
  '9'.repeat(1_000),
  '9'.repeat(5_000),
  `0.${'0'.repeat(3_000)}1`,
]
const strings = [
  ...[
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\0"',
    '"\n"',
    '"\\x41"',
    '"\\u12"',
    '"',
    "'a'",
    '"\u202e\ufeff"',
    '"\\',
  ],
  ...['"__proto__"', '"\u{10ffff}"', '"\\uD83D\\uDE00"', '"\x7f\x80"', '""'],
  `"${'a'.repeat(70_000)}"`,
  `"${'\\u0041'.repeat(5_000)}"`,
]
const names = [
  'n',
  'value',
  'events',
  '__proto__',
  'constructor',
  'toString',
  'key',
  'headers',
  '',
  'a/b~c',
  '\\u006e',
  '1e400',
  'hasOwnProperty',
]
const leaves = [...numbers, ...strings, 'null', 'true', 'false', 'nul', 'undefined', '', '/* */1', '//', '{', ']']

/** What is JSON, or nearly. */
function jsonText(random: SeededRandom, depth = 0): string {
  const kind = random.int(depth > 5 ? 1 : 4)
  if (kind < 2) return random.pick(leaves)
  const parts = Array.from({ length: random.int(5) }, () => jsonText(random, depth + 1))
  if (kind === 2) return `[${parts.join(random.once(20) ? ' ' : ',')}]`
  return `{${parts.map((part) => `"${random.pick(names)}":${part}`).join(',')}}`
}

function nested(random: SeededRandom): string {
  const depth = random.pick([63, 64, 65, 66, 1_000, 50_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"n":', '}'],
    ['{"value":[', ']}'],
    ['[', ''],
  ] as const)
  return open.repeat(depth) + random.pick(['1', '', '"']) + close.repeat(depth)
}

const envelopes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `{"n":${text}}`,
  (text) => `{"events":[{"value":${text}}]}`,
  (text) => `{"events":[{"value":{"n":1},"key":${text},"headers":${text},"partition":${text},"timestamp":${text}}]}`,
  (text) => `{"events":[{"value":{"n":1}}],"onRefusal":${text}}`,
  (text) => `{"events":${text}}`,
  (text) => `{"value":{"n":1},"headers":{"a":${text}},"timestamp":${text}}\n{"value":${text}}\n`,
]

const bomb = gzipSync(Buffer.alloc(20_000_000, '['))
const large = (random: SeededRandom): Buffer => (random.once(2) ? bomb : Buffer.from(`"${'x'.repeat(9_000_000)}"`))

/** A body, as what its type says or as something else. */
export function hostileBody(random: SeededRandom): Buffer {
  const text = random.pick(envelopes)(random.once(12) ? nested(random) : jsonText(random))
  const bytes = Buffer.from(text)
  switch (random.int(12)) {
    case 0:
      return random.damaged(bytes)
    case 1:
      return Buffer.from(`\ufeff${text}`, 'utf16le')
    case 2:
      return random.bytes(random.int(300))
    case 3:
      return gzipSync(bytes)
    case 4:
      return random.damaged(gzipSync(bytes))
    case 5:
      return Buffer.concat([bytes, Buffer.of(0xc0, 0x80, 0xed, 0xa0, 0x80)])
    case 6:
      return random.once(8) ? large(random) : bytes.subarray(0, random.int(bytes.length + 1))
    default:
      return bytes
  }
}

const usual = (type: string): string[] => Array(6).fill(type)
const types = [
  ...usual('application/json'),
  ...usual('application/x-ndjson'),
  ...['application/json; charset=utf-16', 'application/json;charset="utf-8', 'text/plain', 'APPLICATION/JSON', ';', ''],
  ...['application/cloudevents+json', 'multipart/form-data', 'application/x-www-form-urlencoded', '*/*', 'é'],
]
const oddHeaders: readonly ((random: SeededRandom) => string)[] = [
  (random) => `Content-Encoding: ${random.pick(['gzip', 'GZIP', 'br', 'gzip, gzip', 'identity', 'zstd', ''])}`,
  (random) => `Event-Key: ${random.pick(['', 'k', '\xff\xfe', 'k\tk', 'k'.repeat(9_000)])}`,
  (random) => `Event-Headers: ${jsonText(random).replace(/[\r\n\0]/g, '')}`,
  (random) =>
    `Prefer: ${random.pick(['wait=0', 'wait=1', 'wait=-1', 'wait=99999999999', ',,,', 'wait="', 'return=minimal', 'wait=1;wait=2'])}`,
  (random) =>
    `Authorization: ${random.pick(['Bearer', 'Bearer a.b.c', 'Basic eDp5', 'bearer  x', '\xff', `Bearer ${'a'.repeat(20_000)}`])}`,
  (random) => `traceparent: ${random.pick(['00-0-0-0', `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`, '\xe9'])}`,
  (random) => `Accept: ${random.pick(['', '*', 'text/event-stream', 'q=1;;;', 'application/json;q=2'])}`,
  (random) => `Expect: ${random.pick(['100-continue', '200-ok', ''])}`,
  (random) =>
    `${random.pick(['Range', 'If-Match', 'X-Request-Id', 'Origin', 'Cookie', 'Upgrade', 'Te'])}: ${random.pick(['bytes=0-', '\xff', '*', 'websocket', 'h2c', 'x'.repeat(5_000)])}`,
  (random) => Array.from({ length: random.pick([3, 100, 3_000]) }, (_, index) => `X-${index}: a`).join('\r\n'),
]

/** Header lines; the first is the type, where there is one. */
export function hostileHeaders(random: SeededRandom): string[] {
  const odd = Array.from({ length: random.int(3) }, () => random.pick(oddHeaders)(random))
  return random.once(15) ? odd : [`Content-Type: ${random.pick(types)}`, ...odd]
}

const parameters = [
  ...['from', 'cursor', 'limit', 'wait', 'partition', 'longs', 'key', 'timestamp', 'outcomes', 'batch', 'fields'],
  ...['__proto__', 'from[]', 'limit ', '', '%00', 'topics'],
]
const parameterValues = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '99999999999999999999',
    '1e400',
    'NaN',
    'earliest',
    'latest',
    '-10',
    'true',
    'all',
    '%',
    '%zz',
  ],
  ...[
    '%00',
    '%ff',
    '%ed%a0%80',
    '2026-13-45T99:99:99Z',
    '275760-09-13',
    "'; DROP TABLE--",
    '../..',
    '%F0%9F%98%80',
    'AAAA',
    '=',
    '&&&',
  ],
  'A'.repeat(3_000),
]
const segments = [
  ...['..', '.', '%2e%2e', '%2f', '%00', '%', '%zz', '%c0%ae', '__consumer_offsets', '_headgate.keys', 't'.repeat(300)],
  ...[
    'é',
    '*',
    '-1',
    '1e9',
    '9007199254740993',
    '99999999999999999999',
    '0x0',
    ';a=b',
    'a b',
    'constructor',
    '__proto__',
    ' ',
  ],
]

/** A target: the path, with a name or two in it changed, and a query. */
export function hostileTarget(random: SeededRandom, path: string): string {
  const parts = path.split('/').map((part) => (random.once(12) ? random.pick(segments) : part))
  const query = Array.from(
    { length: random.int(4) },
    () => `${random.pick(parameters)}=${random.pick(parameterValues)}`,
  )
  const search = query.length > 0 ? `?${query.join(random.once(10) ? ';' : '&')}` : ''
  return (
    random.pick(['', '', '', '', '', '', '', '', '', '/', '//', 'http://other.example', '*', '/\\']) +
    parts.join('/') +
    search
  )
}
