import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type HttpAnswer, readAnswer } from '../../../faults/answers.ts'
import type { Way } from '../../../faults/requests.ts'

const answer = (status: number, body: unknown, rest: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status,
  retryAfter: null,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  isCut: false,
  ...rest,
})
const lines = (...values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const published = { outcome: 'published', partition: 0, offset: 5 }
const [told1, told2] = [1, 2].map((line) => ({ line, ...published }))
const summary = { summary: { read: 2 } }

suite('what an answer says', () => {
  const documented: [string, Way, HttpAnswer, string[]][] = [
    ['201 for one', 'one', answer(201, { partition: 0, offset: 5 }), ['published']],
    ['422 for one', 'one', answer(422, { code: 'event-refused' }), ['refused']],
    ['503 kafka-rejected for one', 'one', answer(503, { code: 'kafka-rejected' }), ['failed']],
    ['504 for one', 'one', answer(504, { code: 'outcome-unknown' }), ['unknown']],
    [
      '503 for a batch',
      'batch skip',
      answer(503, { code: 'gateway-full' }, { retryAfter: '1' }),
      ['turned-away', 'turned-away'],
    ],
    ['201 for a batch', 'batch skip', answer(201, { outcomes: [published, published] }), ['published', 'published']],
    [
      '207 for a batch',
      'batch withhold',
      answer(207, { outcomes: [{ outcome: 'withheld' }, { outcome: 'refused' }] }),
      ['withheld', 'refused'],
    ],
    ['lines with a summary', 'lines', answer(200, lines(told1, told2, summary)), ['published', 'published']],
    [
      'lines that were ended',
      'lines',
      answer(200, lines(told1, { ended: { lastLine: 1 } })),
      ['published', 'not-taken'],
    ],
    [
      'lines that were cut',
      'lines',
      answer(200, `${lines(told1)}{"line":2,"outco`, { isCut: true }),
      ['published', 'unanswered'],
    ],
    ['a cut answer', 'one', answer(201, '{"partition":0', { isCut: true }), ['unanswered']],
  ]
  for (const [what, way, given, expected] of documented) {
    test(`${what} is read as ${expected.join(', ')}`, () => {
      const { endings, oddity } = readAnswer(way, expected.length, given)

      assert.deepEqual(endings, expected)
      assert.equal(oddity, undefined)
    })
  }

  const undocumented: [string, Way, HttpAnswer][] = [
    ['500', 'one', answer(500, { code: 'internal' })],
    ['503 without Retry-After', 'one', answer(503, { code: 'kafka-unavailable' })],
    ['a body that is no JSON', 'one', answer(201, '<html>')],
    [
      '201 for a batch with a refused event',
      'batch skip',
      answer(201, { outcomes: [published, { outcome: 'refused' }] }),
    ],
    ['207 for a batch of one outcome', 'batch skip', answer(207, { outcomes: [published, published] })],
    ['too few outcomes', 'batch skip', answer(201, { outcomes: [published] })],
    ['lines without a last one', 'lines', answer(200, lines(told1, told2))],
    ['lines out of order', 'lines', answer(200, lines(told2, told1, summary))],
    ['a summary of too few lines', 'lines', answer(200, lines(told1, summary))],
    ['something after the summary', 'lines', answer(200, lines(told1, told2, summary, told2))],
    ['an end that names too many lines', 'lines', answer(200, lines(told1, { ended: { lastLine: 2 } }))],
  ]
  for (const [what, way, given] of undocumented) {
    test(`${what} is not documented`, () => {
      assert.ok(readAnswer(way, way === 'one' ? 1 : 2, given).oddity)
    })
  }
})
