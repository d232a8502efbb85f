import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { schemaMarkOf, wirePrefix } from '../../../src/schemas/wire-format.ts'

const guid = '123e4567-e89b-12d3-a456-426614174000'
const guidHeader = Buffer.from(`01${guid.replaceAll('-', '')}`, 'hex')

suite('wire format', () => {
  test('the prefix is a zero byte and the id, big-endian', () => {
    assert.deepEqual(wirePrefix(0x01020304), Buffer.from([0, 1, 2, 3, 4]))
    assert.deepEqual(wirePrefix(2 ** 32 - 1), Buffer.from([0, 255, 255, 255, 255]))
  })

  const value = Buffer.concat([wirePrefix(7), Buffer.from('datum')])
  const cases: [string, Buffer, Buffer | undefined, ReturnType<typeof schemaMarkOf>][] = [
    ['by the first bytes', value, undefined, { id: 7, start: 5 }],
    ['by the first bytes of a datum without a byte', wirePrefix(7), undefined, { id: 7, start: 5 }],
    ['by a header with a GUID, which goes before the first bytes', value, guidHeader, { guid, start: 0 }],
    ['by a header with an id', Buffer.from('datum'), wirePrefix(9), { id: 9, start: 0 }],
    ['by the first bytes where the header is of no known form', value, Buffer.from([2, 1]), { id: 7, start: 5 }],
    ['not, in four bytes', Buffer.from([0, 0, 0, 1]), undefined, undefined],
    ['not, in no byte', Buffer.alloc(0), undefined, undefined],
    ['not, with another first byte', Buffer.from([1, 0, 0, 0, 1, 2]), undefined, undefined],
    ['not, in JSON', Buffer.from('{"id":1}'), Buffer.alloc(0), undefined],
  ]
  for (const [how, bytes, header, mark] of cases) {
    test(`a record names its schema ${how}`, () => assert.deepEqual(schemaMarkOf(bytes, header), mark))
  }
})
