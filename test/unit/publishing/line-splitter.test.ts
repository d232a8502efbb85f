import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter } from '../../../src/publishing/line-splitter.ts'

type NumberedLine = [number: number, text: string]

const maxBytes = 8
const mark = '\ufeff'

function split(chunks: readonly Buffer[], limit = maxBytes): NumberedLine[] {
  const splitter = new LineSplitter(limit)
  const lines: NumberedLine[] = []
  const drain = (): void => {
    for (let line = splitter.next(); line !== undefined; line = splitter.next())
      lines.push([splitter.number, line.toString()])
  }
  for (const chunk of chunks) {
    splitter.push(chunk)
    drain()
  }
  splitter.end()
  drain()
  drain()
  return lines
}

/** The rules in the plainest words: how a text is split that is there as a whole. */
function expectedLines(text: string, limit = maxBytes): NumberedLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line, index): NumberedLine => [index + 1, line.replace(/\r$/, '')])
    .filter(([, line]) => line !== '')
    .map(([number, line]) => [number, Buffer.byteLength(line) > limit ? 'too-long' : line])
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length))
}

suite('the splitter', () => {
  const texts = fc
    .array(fc.constantFrom('\n', '\r', '\r\n', mark, 'a', 'bc', 'é', '€', 'x'.repeat(maxBytes)), { maxLength: 40 })
    .map((parts) => parts.join(''))

  test('gives the lines of a text, wherever it is cut into chunks', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 20 }), (text, places) => {
        assert.deepEqual(split(cut(Buffer.from(text), places)), expectedLines(text))
      }),
      { numRuns: 20_000 },
    )
  })

  test('gives the lines of a text that comes byte by byte', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte))
        assert.deepEqual(split(bytes), expectedLines(text))
      }),
      { numRuns: 2_000 },
    )
  })

  const limits: readonly [what: string, text: string, lines: NumberedLine[]][] = [
    ['a line of exactly the limit', '12345678\n', [[1, '12345678']]],
    ['its line end and mark, beyond the limit', `${mark}12345678\r\n`, [[1, '12345678']]],
    [
      'a line of one byte more as too long',
      '123456789\na\n',
      [
        [1, 'too-long'],
        [2, 'a'],
      ],
    ],
    [
      'a last line without an end',
      'a\n12345678',
      [
        [1, 'a'],
        [2, '12345678'],
      ],
    ],
    [
      'a last line that is too long, and has no end',
      'a\n123456789',
      [
        [1, 'a'],
        [2, 'too-long'],
      ],
    ],
    [
      'a mark in another line than the first as a part of it',
      `a\n${mark}b`,
      [
        [1, 'a'],
        [2, `${mark}b`],
      ],
    ],
    ['a carriage return in a line as a part of it', 'a\rb\r\r\n', [[1, 'a\rb\r']]],
    ['no empty line, though each has a number', '\n\r\n\na\n\n', [[4, 'a']]],
    ['nothing of nothing', '', []],
    ['nothing of a mark alone', mark, []],
  ]
  for (const [what, text, lines] of limits) {
    test(`gives ${what}`, () => {
      assert.deepEqual(split([Buffer.from(text)]), lines)
    })
  }

  test('keeps its own copy of the beginning of a line: the chunk it came in may be reused', () => {
    const splitter = new LineSplitter(maxBytes)
    const chunk = Buffer.from('abc')
    splitter.push(chunk)
    splitter.next()

    chunk.fill('x')
    splitter.push(Buffer.from('d\n'))

    assert.equal(splitter.next()?.toString(), 'abcd')
  })

  test('goes on in the middle of a chunk where it was not asked for more', () => {
    const splitter = new LineSplitter(maxBytes)
    splitter.push(Buffer.from('a\nb\nc'))

    const first = splitter.next()?.toString()
    const numberThen = splitter.number
    const second = splitter.next()?.toString()

    assert.deepEqual([first, numberThen, second, splitter.next()], ['a', 1, 'b', undefined])
  })

  test('holds no more than a line may have, however long one gets', () => {
    const splitter = new LineSplitter(1_000)
    const chunk = Buffer.alloc(64 * 1_024, 'x')
    const before = process.memoryUsage().arrayBuffers

    for (let i = 0; i < 5_000; i++) {
      splitter.push(chunk)
      assert.equal(splitter.next(), undefined)
    }

    assert.ok(process.memoryUsage().arrayBuffers - before < 1_048_576)
    splitter.push(Buffer.from('\nnext\n'))
    assert.equal(splitter.next(), 'too-long')
    assert.equal(splitter.next()?.toString(), 'next')
  })

  test('takes time in proportion to a line that comes byte by byte', () => {
    const splitter = new LineSplitter(1_000_000)
    const byte = Buffer.from('x')
    const startedAt = performance.now()

    for (let i = 0; i < 500_000; i++) {
      splitter.push(byte)
      splitter.next()
    }
    splitter.end()

    assert.equal(splitter.next()?.length, 500_000)
    assert.ok(performance.now() - startedAt < 3_000)
  })
})
