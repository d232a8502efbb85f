import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { suite, test } from 'node:test'
import { faultOf, kafkaCodes } from '../../../src/kafka/native-client.ts'

const binding = createRequire(import.meta.url)('@confluentinc/kafka-javascript/librdkafka.js') as {
  err2str(code: number): string
}

suite('the faults that the client reports', () => {
  for (const [name, code] of Object.entries(kafkaCodes)) {
    const expected = name === 'ERR__FATAL' ? 'fatal' : name === 'ERR__ALL_BROKERS_DOWN' ? 'no-broker' : 'other'

    test(`${name} is ${expected}, by the text that the client gives it`, () => {
      assert.equal(faultOf({ message: binding.err2str(code) }), expected)
    })
  }
})
