import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { AuditRecord } from '../../../src/observability/audit.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

suite('docs/security.md', () => {
  const text = read('docs/security.md')
  const sections = text.split(/^### /m).slice(1)

  test('has a section for each risk of the OWASP API Security Top 10 of 2023, in order', () => {
    assert.deepEqual(
      sections.map((section) => section.slice(0, section.indexOf(' '))),
      Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    )
  })

  for (const section of sections) {
    test(`${section.split('\n', 1)[0]}: names tests, each of which exists`, () => {
      const tests = [...section.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)

      assert.ok(tests.length > 0)
      for (const path of tests) assert.ok(existsSync(new URL(path, root)) && path.endsWith('.test.ts'), path)
    })
  }

  test('names files and documents that exist', () => {
    const sources = [...text.matchAll(/`([a-z-]+\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path)
    for (const path of sources)
      assert.ok(existsSync(new URL(path.startsWith('test/') ? path : `src/${path}`, root)), path)
    for (const [, path = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(new URL(path, new URL('docs/', root))), path)
    }
  })
})

suite('docs/audit.md', () => {
  const text = read('docs/audit.md')
  const events = {
    'access-refused': true,
    'api-key-created': true,
    'api-key-rotated': true,
    'api-key-revoked': true,
    'subscription-created': true,
    'subscription-changed': true,
    'subscription-deleted': true,
    'subscription-moved': true,
    'contract-changed': true,
    'contract-deleted': true,
    'subscription-redriven': true,
    'refusal-discarded': true,
    'refusals-replayed': true,
    'schema-registered': true,
    'schema-deleted': true,
    'compatibility-set': true,
    'compatibility-unset': true,
    'refusals-not-listed': true,
  } satisfies Record<AuditRecord['event'], true>

  test('tells of every kind of event', () => {
    for (const event of Object.keys(events)) assert.match(text, new RegExp(`^\\| \`${event}\``, 'm'))
  })

  test('has an example that is a record', () => {
    const example = /```json\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
    const record: Extract<AuditRecord, { event: 'access-refused' }> = {
      version: 1,
      id: 'gateway-1-9f3c21aa-17',
      time: '2026-03-01T09:30:00.000Z',
      replica: 'gateway-1-9f3c21aa',
      event: 'access-refused',
      who: { kind: 'api-key', id: 'key:4fGq0ZbT81Lc', apiKey: '4fGq0ZbT81Lc' },
      from: '203.0.113.7',
      requestId: 'abc-123',
      operation: 'publishEvent',
      code: 'scope-missing',
      resource: { kind: 'topic', name: 'orders' },
      needed: 'publish:orders',
      count: 3,
      until: '2026-03-01T09:30:04.120Z',
    }

    assert.deepEqual(JSON.parse(example), record)
  })
})
