import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CallerLabels } from '../../../src/observability/caller-labels.ts'

suite('CallerLabels', () => {
  test('names a hundred API keys, the principals that the operator has named, and nobody else', () => {
    const labels = new CallerLabels()
    labels.name(['shop'])

    const keys = Array.from({ length: 150 }, (_, n) => labels.of(`key:${n}`))

    assert.deepEqual([keys[0], keys[99], keys[100]], ['key:0', 'key:99', 'other-keys'])
    assert.equal(labels.of('key:5'), 'key:5')
    assert.equal(labels.of('https://issuer.example.org shop'), 'shop')
    assert.equal(labels.of('https://issuer.example.org jane@example.org'), 'token')
  })
})
