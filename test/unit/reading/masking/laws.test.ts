import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { cloudEventOf } from '../../../../src/cloudevents/from-event.ts'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import type { StoredRecord } from '../../../../src/kafka/record.ts'
import { PartHealth } from '../../../../src/observability/part-health.ts'
import { EventDecoder } from '../../../../src/reading/event-decoder.ts'
import { wishedEvent } from '../../../../src/reading/matching-events.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import { RegistryClient } from '../../../../src/schemas/registry-client.ts'
import { SchemaCatalog } from '../../../../src/schemas/schema-catalog.ts'
import { wirePrefix } from '../../../../src/schemas/wire-format.ts'
import { eventStreamForm } from '../../../../src/streams/forms/event-stream-form.ts'
import { ndjsonForm } from '../../../../src/streams/forms/ndjson-form.ts'
import { webSocketForm } from '../../../../src/streams/forms/web-socket-form.ts'
import { recordFrame } from '../../../../src/streams/frames.ts'
import { streamRecord } from '../../../../src/streams/stream-record.ts'
import { View } from '../../../../src/streams/view.ts'
import { contractOf, pseudonymOf } from '../../../support/masked.ts'
import { expectedValue, formAt, stepTo } from '../../../support/masking-oracle.ts'
import { maskingSamples, sampleValue, schemaOf } from '../../../support/masking-samples.ts'
import { RegistryStub } from '../../../support/registry-stub.ts'

const nobody: ReadonlySet<string> = new Set()

function leaves(value: JsonValue): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)]
  return Object.values(value).flatMap(leaves)
}

suite('masking, whatever the schema and the rules are', () => {
  test('shows what docs/masking.md says, and nothing else gets out by any way of reading', async (t) => {
    const stub = await RegistryStub.start()
    t.after(() => stub[Symbol.asyncDispose]())
    const client = new RegistryClient(
      { url: stub.url, timeoutMs: 5_000, latestTtlMs: 60_000 },
      { cursor: [], kafka: {} },
      new PartHealth('registry'),
    )
    t.after(() => client[Symbol.asyncDispose]())
    const decoder = new EventDecoder(new SchemaCatalog(client, 60_000), pseudonymOf)
    const seen = { masked: 0, mixed: 0, keys: 0 }
    let run = 0

    const property = fc.asyncProperty(maskingSamples, async (sample) => {
      const { shape, fields, tags, others } = sample
      const topic = `t${++run}`
      const schema = schemaOf(shape)
      const written = sampleValue(shape)
      const id = stub.add(`${topic}-value`, schema)
      const first = shape.kind === 'record' ? shape.fields[0] : undefined
      const hasKey = first?.kind === 'leaf' && first.type === 'string'
      const keyText = hasKey ? (written as { a: string }).a : null
      const masking = { unless: 'pii', fields, tags, others, headers: { ce_subject: 'mask' } }
      const contract = contractOf({ topic, masking, ...(hasKey && { key: { field: '/a' } }) })
      const sink = new ByteSink()
      assert.deepEqual(compileAvro(JSON.stringify(schema)).encode(written, sink), [])
      const record: StoredRecord = {
        topic,
        partition: 0,
        offset: 3,
        timestamp: 1,
        key: keyText === null ? null : Buffer.from(keyText),
        value: Buffer.concat([wirePrefix(id), sink.slice(0, sink.length)]),
        headers: [
          { name: 'ce_subject', value: Buffer.from('subject-of-somebody') },
          ...(keyText === null ? [] : [{ name: 'ce_partitionkey', value: Buffer.from(keyText) }]),
        ],
        bytes: 0,
      }

      const eventAs = await decoder.open(record, contract)
      const whole = eventAs({ longs: 'number', unmasked: new Set([`pii:${topic}`]) })
      const event = eventAs({ longs: 'number', unmasked: nobody })

      assert.equal(whole.masked, undefined)
      const expected = expectedValue(sample, whole.value as JsonValue) ?? null
      assert.deepEqual(event.value, expected)
      const keyForm = hasKey && formAt(sample, [stepTo(shape, null), stepTo(first, 'a')])
      if (keyForm)
        assert.deepEqual(
          [event.key, event.headers.ce_partitionkey],
          keyForm === 'show'
            ? [keyText, keyText]
            : keyForm === 'hash'
              ? [pseudonymOf(keyText), pseudonymOf(keyText)]
              : [null, keyForm === 'drop' ? undefined : null],
        )

      const expectedText = JSON.stringify([expected, keyForm === 'show' ? keyText : null])
      const hidden = [
        ...leaves(whole.value as JsonValue).filter((text) => !expectedText.includes(text)),
        'subject-of-somebody',
      ]
      const entry = streamRecord(record, eventAs, 1)
      const frames = [eventStreamForm, ndjsonForm, webSocketForm].map((form) => {
        const view = new View({ longs: 'string', unmasked: nobody })
        return String(recordFrame({ view, form }, entry, () => 'cursor')?.bytes)
      })
      const asStrings = wishedEvent(eventAs, { longs: 'string', unmasked: nobody })
      const outputs = [event, asStrings, cloudEventOf(event)].map((each) => JSON.stringify(each))
      for (const output of [...outputs, ...frames]) {
        for (const text of hidden) assert.ok(!output.includes(text), `${text} in ${output}`)
      }
      if (hidden.length > 1) seen.masked++
      if (hidden.length > 1 && hidden.length <= leaves(whole.value as JsonValue).length) seen.mixed++
      if (keyForm && keyForm !== 'show') seen.keys++
    })
    await fc.assert(property, { numRuns: 500 })

    t.diagnostic(JSON.stringify(seen))
    assert.ok(seen.masked > 150 && seen.mixed > 40 && seen.keys > 3, JSON.stringify(seen))
  })
})
