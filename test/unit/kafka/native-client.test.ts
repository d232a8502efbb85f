import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { suite, test } from 'node:test'
import { isNoBroker, kafkaCodes } from '../../../src/kafka/native-client.ts'

const binding = createRequire(import.meta.url)('@confluentinc/kafka-javascript/librdkafka.js') as {
  err2str(code: number): string
}

suite('the faults that the client reports', () => {
  for (const [name, code] of Object.entries(kafkaCodes)) {
    const expected = name === 'ERR__ALL_BROKERS_DOWN'

    test(`${name} says that no broker is connected: ${expected}, by the text that the client gives it`, () => {
      assert.equal(isNoBroker({ message: binding.err2str(code) }), expected)
    })
  }
})
