import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { suite, test } from 'node:test'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { createLogger } from '../../../src/observability/logger.ts'

suite('KafkaLog', () => {
  test('writes one line of a kind in half a minute, and how many it left out', () => {
    const lines: Record<string, unknown>[] = []
    const log = createLogger({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) })
    let now = 0
    const client = new EventEmitter()
    new KafkaLog(log, () => now).follow(client, 'producer')

    for (now = 0; now < 30_000; now += 50)
      client.emit('event.log', { severity: 3, fac: 'FAIL', message: `refused ${now}` })
    client.emit('event.log', { severity: 4, fac: 'CONFWARN', message: 'a warning' })
    client.emit('event.error', new Error('Local: All broker connections are down'))
    now = 30_000
    client.emit('event.log', { severity: 3, fac: 'FAIL', message: 'refused again' })

    assert.deepEqual(
      lines.map(({ level, client, suppressed, msg }) => ({ level, client, suppressed, msg })),
      [
        { level: 'error', client: 'producer', suppressed: undefined, msg: 'refused 0' },
        { level: 'warn', client: 'producer', suppressed: undefined, msg: 'a warning' },
        { level: 'warn', client: 'producer', suppressed: undefined, msg: 'Local: All broker connections are down' },
        { level: 'error', client: 'producer', suppressed: 599, msg: 'refused again' },
      ],
    )
  })
})
