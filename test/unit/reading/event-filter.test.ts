import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { ExactNumber, type JsonObject, type JsonValue } from '../../../src/json/json-value.ts'
import type { Event } from '../../../src/reading/event.ts'
import { parseFilter } from '../../../src/reading/event-filter.ts'

const value: JsonObject = {
  i: 7,
  d: 2.5,
  whole: 2,
  big: new ExactNumber('9007199254740993'),
  exact: new ExactNumber('0.10000000000000000000000001'),
  minusZero: new ExactNumber('-0'),
  nan: 'NaN',
  none: null,
  flag: true,
  alert: 'green',
  text: 'Tōhoku 🌊',
  amount: '19.90',
  when: '2026-02-03T04:05:06.789Z',
  numbers: [1, 2.5, new ExactNumber('9007199254740993')],
  words: ['a', 'b'],
  empty: [],
  matrix: [[1, 2], [3]],
  items: [{ sku: 'a', n: 1, tags: ['x'] }, { sku: 'b', n: 5, tags: ['y', 'z'] }, { sku: 'c' }],
  tree: { left: { right: { leaf: 1 } } },
  'with-dash': 1,
  constructor: 'Ford',
}
Object.defineProperty(value, '__proto__', { value: { inside: 1 }, enumerable: true })

const event: Event = {
  topic: 'orders',
  partition: 3,
  offset: 9_007_199_254_740_990,
  timestamp: '2026-03-01T09:30:00.250Z',
  key: 'o-1001',
  headers: Object.assign(Object.create(null), { source: 'shop', twice: ['a', null], bytes: { base64: '/w==' } }),
  value,
  schema: null,
}
const withValue = (other: JsonValue): Event => ({ ...event, value: other })

function faultOf(text: string): string {
  try {
    parseFilter(text)
  } catch (error) {
    assert.ok(error instanceof GatewayError, `${error}`)
    const { faults = [] } = error.extras.members as { faults?: { in: string; pointer: string; message: string }[] }
    const message = faults[0]?.message ?? ''
    assert.deepEqual([error.code, faults], ['invalid-parameter', [{ in: 'query', pointer: 'filter', message }]])
    return message
  }
  return assert.fail(`${text} was not refused`)
}

const matching = {
  'what stands around the value': [
    'topic == "orders" && partition == 3 && offset >= 9007199254740990',
    'key == "o-1001"',
    'key.startsWith("o-") && key.endsWith("01") && key.contains("10")',
    'headers.source == "shop"',
    '"source" in headers && !("other" in headers)',
    'headers["twice"][0] == "a" && headers.twice[1] == null',
    'headers.bytes.base64 == "/w=="',
    'headers.?other.orValue("none") == "none"',
    'headers.exists(name, name.startsWith("so"))',
  ],
  times: [
    'timestamp > timestamp("2026-03-01T10:30:00+01:00")',
    'timestamp == timestamp("2026-03-01T09:30:00.250Z")',
    'timestamp.getFullYear() == 2026 && timestamp.getMonth() == 2 && timestamp.getDate() == 1',
    'timestamp.getHours() == 9 && timestamp.getMinutes() == 30 && timestamp.getSeconds() == 0',
    'timestamp.getDayOfWeek() == 0',
    'timestamp(value.when) < timestamp',
    'timestamp(0) < timestamp(1)',
  ],
  numbers: [
    'value.i > 3',
    'value.d > 2.5 - 0.1 && value.d >= 2.5 && value.d < 3',
    'value.i % 2 == 1 && value.whole % 2 == 0 && value.d % 2 == 0.5',
    'value.i / 2 == 3.5 && int(value.i / 2) == 3',
    'value.whole * 1.5 == 3 && value.whole + 0.5 == value.d && -value.i == -7',
    'value.big == 9007199254740993',
    'value.big != 9007199254740992',
    'value.big > 9007199254740992',
    'value.big < 9007199254740994',
    'value.big + 1 == 9007199254740994 && value.big - 1 == 9007199254740992',
    'value.big * 3 == 27021597764222979 && value.big % 10 == 3',
    'value.big + value.d > 9007199254740993',
    '9223372036854775807 - 1 == 9223372036854775806',
    'value.exact > 0.1 || value.exact == 0.1',
    'value.minusZero == 0',
    'double(value.amount) > 19.5 && int("-12") == -12',
    'int(-2.7) == -2',
    'value.i > 3 && value.i in [1, 7.0, "x"]',
    '9007199254740993 in value.numbers && 2.5 in value.numbers',
    'value.numbers[1] == 2.5 && value.numbers[value.whole] == value.big',
  ],
  'texts, enums and nulls': [
    'value.alert == "green" && value.alert != "red" && value.alert in ["green", "yellow"]',
    'value.none == null && value.flag != null && has(value.none)',
    'size(value.text) == 8 && value.text.size() == 8',
    'value.alert.upperAscii() == "GREEN" && "ÄB".lowerAscii() == "Äb"',
    'value.alert < "greener" && string(value.i) == "7" && string(value.big) == "9007199254740993"',
    'value.flag',
    '!(value.alert == "red")',
    'value.flag ? value.i == 7 : value.i == 8',
    'value["with-dash"] == 1',
    'value.i != "7"',
  ],
  'lists and objects': [
    'value.words == ["a", "b"] && value.words != ["a"] && value.empty == []',
    '"a" in value.words && !("c" in value.words) && "sku" in value.items[0]',
    'size(value.items) == 3 && size(value.tree) == 1',
    'value.items.exists(item, item.sku == "b" && item.n > 4)',
    'value.items.all(item, item.sku in ["a", "b", "c"])',
    'value.items.exists(item, item.tags.exists(tag, tag == "z"))',
    'value.items.exists(item, item.n == value.whole - 1 && item.sku != key)',
    'value.items.exists(item, "red" != value.alert && item.sku == "b")',
    'value.matrix.all(row, row.all(cell, cell > 0))',
    'value.tree.exists(name, name == "left") && value.tree.all(name, has(value.tree[name].right))',
    'value.words.all(value, value < "c") && value.i == 7',
    'value.empty.all(x, x.y) && !value.empty.exists(x, x.y)',
    'value.?nothing.orValue([]).all(x, x)',
  ],
  'what may be missing': [
    'has(value.tree.left.right) && !has(value.tree.right.left) && !has(value.i.x)',
    'value.?tree.left.right.leaf.orValue(0) == 1',
    'value.?nothing.at.all.orValue(5) == 5 && value.tree.?nothing.orValue(null) == null',
    'value[?"nothing"].hasValue() == false && value[?"i"].hasValue()',
    'value.items[?9].orValue("x") == "x"',
    'value.nothing == 1 || value.i == 7',
    'value.i == 7 || value.nothing == 1',
    '!(value.nothing == 1 && value.i == 8)',
  ],
  'names that JavaScript has a meaning for': [
    'value.constructor == "Ford" && has(value.constructor)',
    'value.__proto__.inside == 1',
    '!has(value.tree.constructor) && !has(value.tree.__proto__) && !has(value.toString)',
    '!("hasOwnProperty" in value.tree) && !has(value.words.length)',
  ],
}

const notMatching = {
  'no answer': [
    'value.nothing == 1',
    'value.nothing != 1',
    '!(value.nothing == 1)',
    'value.nothing == null',
    'value.none > 1',
    'value.none.x == 1',
    'value.text > 1',
    'value.i > "1"',
    'value.i',
    'value.alert ? true : true',
    '!value.alert',
    'value.i / value.minusZero >= 0',
    'value.i % 0.0 == 0',
    'double(value.nan) >= 0',
    'value.alert + 1 == 1',
    '-value.alert == 1',
    'value.words[2] == "c"',
    'value.words[-1] == "b"',
    'value.words["length"] == 2',
    'value.words[0.5] == "a"',
    'value.i.exists(x, true)',
    'value.text.exists(x, true)',
    'value.items.exists(item, item.n > 9)',
    'value.items.all(item, item.n > 0)',
    'value.tree == value.tree',
    'value.matrix == [[1, 2], [3]]',
    'value.i.startsWith("7")',
    'size(value.i) > 0',
    'int(value.alert) == 0',
    'timestamp(value.alert) > timestamp(0)',
    'timestamp(value.big) > timestamp(0)',
    'value.i in value.i',
    '1 in value.tree',
    'value.nothing.orValue == 1',
  ],
  'not true': ['false', 'value.i < 7', 'value.big == 9007199254740992', 'value.none == 0', 'value.i == "7"'],
}

const refusals: Record<string, RegExp> = {
  '': /^ends too early \(at character 1\)$/,
  'value.i >': /^ends too early \(at character 10\)$/,
  'value.i = 3': /^cannot be read: Unexpected character: = \(at character 9: =\)$/,
  'value.text.matches("(a+)+$")': /regular expressions.*startsWith, endsWith or contains \(at character 1: value\.text/,
  'matches(value.text, "a")': /regular expressions/,
  'vaule.i > 3': /^there is no variable vaule; there are topic, partition.* \(at character 1: vaule\)$/,
  '"yes"': /^is a string, where a bool is needed/,
  'value.i + 1': /^is a number, where a bool is needed/,
  timestamp: /^is a timestamp, where a bool/,
  'value.?flag': /^is optional \(end it with orValue or hasValue\)/,
  'value.?i > 3': /optional/,
  'topic > 3': /^a string cannot be compared with a number \(at character 1: topic > 3\)$/,
  'partition == "3"': /^a number cannot be compared with a string/,
  'timestamp > "2026-01-01T00:00:00Z"': /^a timestamp cannot be compared with a string/,
  'timestamp > timestamp("yesterday")': /^has no answer \(at character 13: timestamp\("yesterday"\)\)$/,
  'value.i > 1 / 0': /^has no answer/,
  '!topic': /^is a string, where a bool is needed/,
  'topic || true': /^is a string/,
  'value.text + "x" == "y"': /^is a string, where a number is needed/,
  'headers == headers': /^is an object/,
  'topic.size == 3': /^is a string, where an object/,
  'topic["x"] == 3': /^is a string/,
  '{"a": 1} == value': /^objects cannot be written here/,
  'b"x" == value.text': /^bytes and unsigned numbers/,
  'value.i == 3u': /^bytes and unsigned numbers/,
  'value.words.map(x, x) == []': /^map is not supported; use exists or all/,
  'value.words.filter(x, x == "a") == []': /^filter is not supported/,
  'value.words.exists_one(x, x == "a")': /^exists_one is not supported/,
  'cel.bind(x, 1, x == 1)': /^bind is not supported/,
  'value.words.join() == ""': /^there is no function join/,
  'constructor() == 1': /^there is no function constructor/,
  'toString() == ""': /^there is no function toString/,
  'startsWith(topic, "a")': /^it is written x\.startsWith\("…"\)/,
  'topic.int() == 1': /^it is written int\(x\)/,
  'size() == 1': /^it is written x\.size\(\)/,
  'topic.startsWith(3)': /^is a number, where a string is needed/,
  'has(value)': /^has takes a path/,
  'has(size(topic))': /^has takes a path/,
  'value.i.orValue(3) == 3': /^orValue follows a path/,
  'value.i.hasValue()': /^hasValue follows a path/,
  '"a".exists(x, true)': /^exists and all follow a path/,
  'topic.exists(x, true)': /^is a string, where a list or an object is needed/,
  'value.words.exists(1, true)': /./,
  'value.words.exists(x)': /^there is no function exists/,
  'x && value.words.exists(x, true)': /^there is no variable x/,
  'value.words.exists(x, true) && x': /^there is no variable x/,
  [`topic == "${'x'.repeat(2_000)}"`]: /^is longer than 2000 characters$/,
  ['('.repeat(500)]: /^is too large: Exceeded maxDepth/,
  [`${'!'.repeat(1_990)}true`]: /^is too large: Exceeded maxAstNodes/,
  [`true${' || true'.repeat(120)}`]: /^is nested deeper than 100 levels/,
  [`value.i in [${'1,'.repeat(350)}1]`]: /^is too large: Exceeded maxListElements/,
}

suite('parseFilter', () => {
  for (const [what, texts] of Object.entries(matching)) {
    suite(`finds ${what}`, () => {
      for (const text of texts) test(text, () => assert.equal(parseFilter(text).matches(event), true))
    })
  }
  for (const [what, texts] of Object.entries(notMatching)) {
    suite(`passes over where there is ${what}`, () => {
      for (const text of texts) test(text, () => assert.equal(parseFilter(text).matches(event), false))
    })
  }
  suite('refuses', () => {
    for (const [text, message] of Object.entries(refusals)) {
      test(text.slice(0, 60) || 'no text', () => assert.match(faultOf(text), message))
    }
  })

  test('keeps its text', () => assert.equal(parseFilter('value.i > 3').text, 'value.i > 3'))

  test('finds tombstones, and passes over what cannot be decoded unless the value is not asked for', () => {
    const { value: _, ...rest } = event
    const undecodable: Event = { ...rest, error: { code: 'undecodable', detail: '' } }

    assert.equal(parseFilter('value == null').matches(withValue(null)), true)
    assert.equal(parseFilter('has(value.i)').matches(withValue(null)), false)
    assert.equal(parseFilter('value == null').matches(undecodable), false)
    assert.equal(parseFilter('value != null').matches(undecodable), false)
    assert.equal(parseFilter('partition == 3 && !has(value.i)').matches(undecodable), true)
  })

  test('has no answer from the time of a record without one', () => {
    const timeless = { ...event, timestamp: null }

    assert.equal(parseFilter('timestamp > timestamp(0)').matches(timeless), false)
    assert.equal(parseFilter('timestamp == null').matches(timeless), true)
  })

  test('takes a value that is no object', () => {
    assert.equal(parseFilter('value > 3').matches(withValue(4)), true)
    assert.equal(parseFilter('value.exists(x, x == "b")').matches(withValue(['a', 'b'])), true)
    assert.equal(
      parseFilter('value == 12345678901234567890').matches(withValue(new ExactNumber('12345678901234567890'))),
      true,
    )
  })
})
