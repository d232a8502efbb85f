import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { outcomeOfReport, outcomeOfThrow } from '../../../src/kafka/delivery-outcome.ts'
import { kafkaCodes } from '../../../src/kafka/native-client.ts'

const neverWritten = [
  'ERR_INVALID_MSG',
  'ERR_MSG_SIZE_TOO_LARGE',
  'ERR_RECORD_LIST_TOO_LARGE',
  'ERR_TOPIC_EXCEPTION',
  'ERR_NOT_ENOUGH_REPLICAS',
  'ERR_INVALID_REQUIRED_ACKS',
  'ERR_TOPIC_AUTHORIZATION_FAILED',
  'ERR_CLUSTER_AUTHORIZATION_FAILED',
  'ERR_INVALID_TIMESTAMP',
  'ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'ERR_UNSUPPORTED_COMPRESSION_TYPE',
  'ERR_INVALID_RECORD',
  'ERR_UNKNOWN_TOPIC_OR_PART',
  'ERR__INVALID_DIFFERENT_RECORD',
  'ERR__UNKNOWN_TOPIC',
  'ERR__UNKNOWN_PARTITION',
]
const tooLarge = ['ERR_MSG_SIZE_TOO_LARGE', 'ERR_RECORD_LIST_TOO_LARGE']

suite('the outcome of an error', () => {
  for (const [name, code] of Object.entries(kafkaCodes)) {
    const expected = neverWritten.includes(name) ? 'failed' : 'unknown'

    test(`${name} in a delivery report is ${expected}`, () => {
      const outcome = outcomeOfReport(code, 'why', false)

      assert.equal(outcome.status, expected)
      assert.equal('tooLarge' in outcome, tooLarge.includes(name))
    })
  }

  test('a code that no version of the client has is unknown', () => {
    assert.equal(outcomeOfReport(31_337, 'why', false).status, 'unknown')
  })

  test('no code of a report is a failure where it may answer a second attempt', () => {
    for (const code of Object.values(kafkaCodes)) assert.equal(outcomeOfReport(code, 'why', true).status, 'unknown')
  })

  test('whatever produce throws is a failure, with its code where it has one', () => {
    assert.deepEqual(outcomeOfThrow({ code: kafkaCodes.ERR__QUEUE_FULL, message: 'Local: Queue full' }), {
      status: 'failed',
      code: kafkaCodes.ERR__QUEUE_FULL,
      reason: 'Local: Queue full',
    })
    assert.deepEqual(outcomeOfThrow({ code: kafkaCodes.ERR_MSG_SIZE_TOO_LARGE, message: 'too large' }), {
      status: 'failed',
      code: kafkaCodes.ERR_MSG_SIZE_TOO_LARGE,
      reason: 'too large',
      tooLarge: true,
    })
    assert.equal(outcomeOfThrow(new TypeError('no buffer')).status, 'failed')
  })
})
