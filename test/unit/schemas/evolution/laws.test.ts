import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { segmentsOf, valueAt } from '../../../../src/json/json-pointer.ts'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { type AvroDocument, readAvro } from '../../../../src/schemas/evolution/avro/avro-document.ts'
import { avroComparison } from '../../../../src/schemas/evolution/avro/compare-avro.ts'
import { incompatibilities } from '../../../../src/schemas/evolution/avro/resolution.ts'
import { schemaHistories } from '../../../support/schema-mutations.ts'

const seed = 20_260_321
const histories = schemaHistories(seed, 400)
const read = (schema: JsonValue): AvroDocument => readAvro(JSON.stringify(schema))

/** Each version with each candidate. */
function* pairs(): Generator<[AvroDocument, AvroDocument]> {
  for (const { versions, candidates } of histories) {
    for (const candidate of candidates) yield [read(versions[1]), read(candidate)]
  }
}

suite('comparing generated Avro schemas', () => {
  test('each direction has a break exactly where events cannot be read in it', () => {
    const counted = { backward: 0, forward: 0 }
    for (const [older, newer] of pairs()) {
      const breaks = avroComparison()(older, newer).flatMap((change) => change.breaks)
      const faults = {
        backward: incompatibilities(newer.node, older.node),
        forward: incompatibilities(older.node, newer.node),
      }
      for (const direction of ['backward', 'forward'] as const) {
        const isBroken = breaks.some((each) => each.direction === direction)
        assert.equal(isBroken, faults[direction].length > 0, JSON.stringify([older.json, newer.json]))
        if (isBroken) counted[direction]++
      }
    }
    for (const count of Object.values(counted)) assert.ok(count > 300 && count < 1_100, JSON.stringify(counted))
  })

  test('each change points at something in the schema that it names', () => {
    for (const [older, newer] of pairs()) {
      for (const { kind, pointer } of avroComparison()(older, newer)) {
        const { json } = kind === 'field-removed' || kind === 'union-branch-removed' ? older : newer
        assert.notEqual(valueAt(json, segmentsOf(pointer)), undefined, `${kind} ${pointer} ${JSON.stringify(json)}`)
      }
    }
  })

  test('a schema has not changed from itself, and can read itself', () => {
    for (const { candidates } of histories) {
      for (const candidate of candidates) {
        const found = avroComparison()(read(candidate), read(candidate))
        // An alias that is a field's name cannot be read by Java, not even by the schema that has it.
        assert.ok(found.every(({ kind, breaks }) => kind === 'aliases-changed' && breaks.length > 0))
      }
    }
  })
})

suite('references written into a schema', () => {
  const address = {
    type: 'record',
    name: 'Address',
    namespace: 'org.shop',
    fields: [{ name: 'country', type: 'Country' }],
  }
  const country = { type: 'enum', name: 'Country', namespace: 'org.shop', symbols: ['DE', 'FR'] }
  const order = {
    type: 'record',
    name: 'Order',
    namespace: 'org.orders',
    fields: [
      { name: 'to', type: 'org.shop.Address' },
      { name: 'from', type: ['null', 'org.shop.Address'] },
      { name: 'taxed', type: { type: 'array', items: 'org.shop.Country' } },
    ],
  }
  const document = readAvro(JSON.stringify(order), [JSON.stringify(country), JSON.stringify(address)])

  test('stand where they are first used, and make it whole', () => {
    assert.deepEqual(document.json, {
      ...order,
      fields: [
        { name: 'to', type: { ...address, fields: [{ name: 'country', type: country }] } },
        ...order.fields.slice(1),
      ],
    })
    assert.deepEqual(avroComparison()(document, read(document.json)), [])
  })

  test('are pointed into', () => {
    const france = { ...country, symbols: ['DE', 'FR', 'IT'] }
    const later = readAvro(JSON.stringify(order), [JSON.stringify(france), JSON.stringify(address)])

    const [change, ...further] = avroComparison()(document, later)

    assert.deepEqual(further, [])
    assert.deepEqual([change?.kind, change?.path], ['symbols-added', 'to.country'])
    assert.equal(change?.pointer, '/fields/0/type/fields/0/type')
  })

  test('of no namespace keep having none', () => {
    const plain = { type: 'fixed', name: 'Hash', size: 4 }
    const user = { type: 'record', name: 'org.shop.User', fields: [{ name: 'h', type: 'Hash' }] }

    const { json } = readAvro(JSON.stringify(user), [JSON.stringify(plain)])

    assert.deepEqual(valueAt(json, ['fields', '0', 'type']), { ...plain, namespace: '' })
    assert.deepEqual(avroComparison()(read(json), readAvro(JSON.stringify(user), [JSON.stringify(plain)])), [])
  })
})
