import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { varintSize } from '../../../../src/signing/varint.ts'
import { metadataText, type Progress, progressFrom, roomOf } from '../../../../src/subscriptions/ledger/metadata.ts'
import { runSize, shortestLayout, worstRunSize } from '../../../../src/subscriptions/ledger/metadata-size.ts'
import { appendSpan, done, type Span } from '../../../../src/subscriptions/ledger/span.ts'

const most = 2 ** 50
const values = fc.oneof(fc.constantFrom(done, done, 0, 1, 1, 2), fc.integer({ min: 2, max: 100_000 }))
const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 2, arbitrary: fc.integer({ min: 4, max: 70 }) },
  fc.integer({ min: 71, max: 20_000 }),
  fc.integer({ min: 20_001, max: 2 ** 40 }),
)

/** Where every event is another thing than the one before it. */
const torn = fc.array(fc.tuple(fc.constantFrom(1, 1, 1, 2), values), { minLength: 20, maxLength: 60, size: 'max' })

/** Spans from the offset on; the last is not one of what was never given, of which metadata says nothing. */
function spansOf(offset: number, parts: readonly (readonly [number, number])[]): Span[] {
  const spans: Span[] = []
  let start = offset
  for (const [length, value] of parts) {
    appendSpan(spans, start, start + length, value, length)
    start += length
  }
  return spans.at(-1)?.value === 0 ? spans.slice(0, -1) : spans
}

const progresses = fc
  .record({
    run: fc.nat({ max: 2 ** 48 }),
    offset: fc.oneof(fc.nat(), fc.nat({ max: most })),
    parts: fc.array(
      fc.oneof(
        fc.tuple(lengths, values).map((part) => [part]),
        torn,
      ),
      { maxLength: 12, size: 'max' },
    ),
  })
  .map(({ run, offset, parts }): Progress => ({ run, offset, spans: spansOf(offset, parts.flat()) }))

const pieces = fc.array(
  fc.record({ hole: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(5_000)), value: values }),
  {
    minLength: 1,
    maxLength: 300,
    size: 'max',
  },
)

suite('the metadata of a commit', () => {
  test('gives back what was written, whatever it is', () => {
    let maps = 0
    const property = fc.property(progresses, (progress) => {
      const { mapFrom, mapTo } = shortestLayout(progress.spans, runSize)
      if (mapFrom < mapTo && mapTo < progress.spans.length) maps++
      assert.deepEqual(progressFrom(metadataText(progress), progress.offset), progress)
    })
    fc.assert(property, { numRuns: 2_000 })
    assert.ok(maps > 100, `${maps} had runs behind a map`)
  })

  test('takes no more bytes than were reckoned with', () => {
    const property = fc.property(progresses, (progress) => {
      const { bytes } = shortestLayout(progress.spans, runSize)
      const head = varintSize(progress.run) + varintSize(progress.offset) + 3 + 1
      const text = metadataText(progress).slice('hg1.'.length)
      assert.ok(Buffer.from(text, 'base64url').length <= head + bytes)
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  test('is never longer than the worst case said, whichever events are done afterwards', () => {
    const property = fc.property(pieces, fc.infiniteStream(fc.boolean()), (events, choices) => {
      const before: Span[] = []
      const after: Span[] = []
      let start = 0
      for (const { hole, value } of events) {
        const end = start + 1 + hole
        appendSpan(before, start, end, value, 1)
        const isDone = value > 0 && choices.next().value
        appendSpan(after, start, end, isDone ? done : value, 1)
        start = end
      }
      const characters = Math.ceil(((shortestLayout(before, worstRunSize).bytes - roomOf(0)) * 4) / 3) + 4
      assert.ok(metadataText({ run: 2 ** 48, offset: 0, spans: after }).length <= characters)
    })
    fc.assert(property, { numRuns: 3_000 })
  })

  test('of another offset, of another tool, cut off or changed is no progress, or none that fails', () => {
    const known = metadataText({
      run: 7,
      offset: 10,
      spans: spansOf(10, [
        [5, 1],
        [3, done],
        [2, 4],
      ]),
    })

    assert.ok(progressFrom(known, 10))
    assert.equal(progressFrom(known, 11), null)
    for (const text of ['', 'hg1.', 'hg2.AAAA', 'client-1', known.slice(0, -1), `${known.slice(0, 6)}`]) {
      assert.equal(progressFrom(text, 10), null, text)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(3), (bytes, offset) => {
        const progress = progressFrom(`hg1.${Buffer.from([5, offset, ...bytes]).toString('base64url')}`, offset)
        assert.ok(!progress || progress.spans.every(({ start, end }) => start < end && Number.isSafeInteger(end)))
      }),
    )
  })
})
