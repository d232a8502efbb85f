import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { defaultContract, readContract } from '../../../src/contracts/contract.ts'

const record = 'org.example.Order'

suite('the subject of a contract', () => {
  const cases: [written: Record<string, unknown>, subject: string | null][] = [
    [{}, 'orders-value'],
    [{ subject: { strategy: 'topic-name', version: 3 } }, 'orders-value'],
    [{ subject: { strategy: 'record-name', record } }, record],
    [{ subject: { strategy: 'topic-record-name', record } }, `orders-${record}`],
    [{ schemaless: true }, null],
  ]
  for (const [written, subject] of cases) {
    test(`is ${subject} for ${JSON.stringify(written)}`, () => {
      const reading = readContract({ topic: 'orders', ...written })

      assert.ok('contract' in reading, JSON.stringify(reading))
      assert.equal(reading.contract.subjectName, subject)
    })
  }
})

suite('readContract', () => {
  test('gives a contract that says only its topic what the default has', () => {
    const contract = {
      topic: 'orders',
      subject: { strategy: 'topic-name' },
      subjectName: 'orders-value',
      schemaless: false,
      slowReaders: 'disconnect',
      write: { tombstones: true, key: 'optional' },
      read: {},
    }
    assert.deepEqual(defaultContract('orders'), contract)
    assert.deepEqual(readContract({ topic: 'orders' }), { contract })
  })

  test('keeps everything that is written', () => {
    const contract = {
      topic: 'orders',
      owner: 'shop@example.org',
      description: 'Orders of the shop',
      subject: { strategy: 'record-name', record, version: 2 },
      key: { field: '/customer/a~1b' },
      schemaless: false,
      slowReaders: 'disconnect',
      masking: {
        unless: 'pii',
        fields: { '/customer/*/a~1b': 'hash', '': 'show' },
        tags: { PII: 'mask' },
        others: 'drop',
        headers: { '*': 'show', 'x-user': 'drop' },
      },
      write: { closed: 'It moves', requires: 'orders-desk', tombstones: false, key: 'required' },
      read: { closed: 'It moves', requires: 'auditors' },
      refusals: { keep: true, days: 7 },
    }

    assert.deepEqual(readContract(contract), { contract: { ...contract, subjectName: record } })
  })

  const refused: [fact: string, written: unknown, faults: [path: string, message: RegExp][]][] = [
    [
      'a range that ends before it begins',
      { topic: 'orders', subject: { version: { from: 3, to: 2 } } },
      [['subject.version.to', /^is before `from`, which is 3$/]],
    ],
    [
      'a deprecation that contradicts itself',
      {
        topic: 'orders',
        deprecation: {
          versions: [1],
          before: 2,
          since: '2026-02-01T00:00:00Z',
          sunset: '2026-01-01T00:00:00Z',
          successor: 'orders',
        },
      },
      [
        ['deprecation.before', /^stands beside `versions`/],
        ['deprecation.sunset', /^is before `since`$/],
        ['deprecation.successor', /^is the topic itself$/],
      ],
    ],
    [
      'a deprecation by versions where there are none, and a refusal without a time',
      {
        topic: 'orders',
        schemaless: true,
        deprecation: { before: 2, since: '2026-02-01T00:00:00Z', refuseAfterSunset: true },
      },
      [
        ['deprecation.before', /^a schemaless topic has no versions$/],
        ['deprecation.refuseAfterSunset', /^needs a `sunset`$/],
      ],
    ],
    [
      'a deprecation without a time, with a link that a header cannot carry',
      { topic: 'orders', deprecation: { since: 'soon', link: 'https://example.org/a b' } },
      [
        ['deprecation.since', /^expected an RFC 3339 time such as/],
        ['deprecation.link', /^expected the URL of a page/],
      ],
    ],
    [
      'an example without a value',
      { topic: 'orders', examples: [{ title: 'One' }] },
      [['examples.0.value', /is required/]],
    ],
    ...['a>b', 'a"b', 'a b', 'ä'].map(
      (path): [fact: string, written: unknown, faults: [path: string, message: RegExp][]] => [
        `a link with ${path}`,
        { topic: 'orders', deprecation: { since: '2026-01-01T00:00:00Z', link: `https://example.org/${path}` } },
        [['deprecation.link', /^expected the URL of a page/]],
      ],
    ),
    ['no topic', {}, [['topic', /^is required: the name of a topic/]]],
    ['something that is no mapping', 'orders', [['', /expected a mapping of names to values, found "orders"/]]],
    [
      'an internal topic of Kafka',
      { topic: '__consumer_offsets' },
      [['topic', /not an internal one, found "__consumer/]],
    ],
    ['an internal topic of the gateway', { topic: '_headgate.keys' }, [['topic', /not an internal one/]]],
    ['a topic that Kafka refuses', { topic: '..' }, [['topic', /expected the name of a topic/]]],
    ['a topic longer than Kafka allows', { topic: 'x'.repeat(250) }, [['topic', /found "x{39}…$/]]],
    ['an unknown member', { topic: 'a', ownr: 'me' }, [['ownr', /^is not known; did you mean `owner`\?$/]]],
    [
      'an unknown member further in',
      { topic: 'a', key: { filed: '/id', field: '/id' } },
      [['key.filed', /did you mean `field`/]],
    ],
    [
      'an unknown strategy',
      { topic: 'a', subject: { strategy: 'topic' } },
      [['subject.strategy', /one of `topic-name`, .*found "topic"/]],
    ],
    [
      'a strategy without its record',
      { topic: 'a', subject: { strategy: 'record-name' } },
      [['subject.record', /is required by the strategy `record-name`/]],
    ],
    ['a record without its strategy', { topic: 'a', subject: { record } }, [['subject.record', /only the strategies/]]],
    [
      'a record that is no Avro name',
      { topic: 'a', subject: { strategy: 'record-name', record: '1.x' } },
      [['subject.record', /full name/]],
    ],
    [
      'a schemaless topic with a subject',
      { topic: 'a', schemaless: true, subject: {} },
      [['subject', /has no subject/]],
    ],
    [
      'a version below one',
      { topic: 'a', subject: { version: 0 } },
      [['subject.version', /^expected a number of a version, or a range.*found 0$/]],
    ],
    [
      'a key field that is no pointer',
      { topic: 'a', key: { field: 'id' } },
      [['key.field', /a JSON Pointer such as `\/id`, found "id"/]],
    ],
    ['a pointer with a bad escape', { topic: 'a', key: { field: '/a~2' } }, [['key.field', /a JSON Pointer/]]],
    ['an empty owner', { topic: 'a', owner: ' ' }, [['owner', /expected a text, found " "/]]],
    [
      'refusals of a topic whose name leaves no room for theirs',
      { topic: 'x'.repeat(231), refusals: { keep: true } },
      [['refusals', /more than 230 characters/]],
    ],
    ['refusals that do not say whether', { topic: 'a', refusals: { days: 3 } }, [['refusals.keep', /required/]]],
    ['refusals that are kept for no time', { topic: 'a', refusals: { keep: true, days: 0 } }, [['refusals.days', /./]]],
    ['masking that masks nothing', { topic: 'a', masking: { unless: 'pii' } }, [['masking', /^masks nothing/]]],
    [
      'masking that only shows',
      { topic: 'a', masking: { unless: 'pii', fields: { '/a': 'show' }, key: 'show', others: 'show' } },
      [['masking', /^masks nothing/]],
    ],
    [
      'masking without a scope',
      { topic: 'a', masking: { others: 'mask' } },
      [['masking.unless', /^is required: the name of a scope of the organisation's own/]],
    ],
    [
      'masking unless for an action',
      { topic: 'a', masking: { unless: 'read', others: 'mask' } },
      [['masking.unless', /^is one of the gateway/]],
    ],
    [
      'masking unless for what looks like an action',
      { topic: 'a', masking: { unless: 'Reads', others: 'mask' } },
      [['masking.unless', /^is too like `read`/]],
    ],
    [
      'masking unless for a scope that issuers give to anybody',
      { topic: 'a', masking: { unless: 'email', others: 'mask' } },
      [['masking.unless', /^is one of OpenID Connect/]],
    ],
    [
      'masking unless for a scope with a pattern',
      { topic: 'a', masking: { unless: 'pii:a.*', others: 'mask' } },
      [['masking.unless', /^is no name of a scope/]],
    ],
    [
      'masking of what is no pointer',
      { topic: 'a', masking: { unless: 'pii', fields: { email: 'mask' } } },
      [['masking.fields.email', /^expected a JSON Pointer such as `\/email`.*found "email"$/]],
    ],
    [
      'an unknown form of masking',
      { topic: 'a', masking: { unless: 'pii', fields: { '/a': 'encrypt' }, others: 'hash' } },
      [
        ['masking.fields./a', /one of `show`, `mask`, `hash`, `drop`, found "encrypt"/],
        ['masking.others', /one of `show`, `mask`, `drop`, found "hash"/],
      ],
    ],
    [
      'a rule for the key of a topic whose key is a field',
      { topic: 'a', key: { field: '/id' }, masking: { unless: 'pii', key: 'mask' } },
      [['masking.key', /say it in `fields`/]],
    ],
    [
      'tags of a topic without a schema',
      { topic: 'a', schemaless: true, masking: { unless: 'pii', tags: { PII: 'mask' } } },
      [['masking.tags', /has no tags/]],
    ],
    [
      'a tag in two cases',
      { topic: 'a', masking: { unless: 'pii', tags: { PII: 'mask', pii: 'show' } } },
      [['masking.tags.pii', /is there twice/]],
    ],
    [
      'several faults, all of them named',
      { topic: 7, subject: { strategy: 'record-name' }, schemaless: 'no', colour: 1 },
      [
        ['topic', /found 7/],
        ['schemaless', /`true` or `false`, found "no"/],
        ['colour', /^is not known$/],
        ['subject.record', /is required/],
      ],
    ],
  ]
  for (const [fact, written, expected] of refused) {
    test(`refuses ${fact}`, () => {
      const reading = readContract(written)

      assert.ok('faults' in reading)
      assert.deepEqual(
        reading.faults.map(({ path }) => path.join('.')),
        expected.map(([path]) => path),
      )
      for (const [index, [, message]] of expected.entries()) assert.match(reading.faults[index]?.message ?? '', message)
    })
  }
})
