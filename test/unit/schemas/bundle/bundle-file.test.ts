import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readBundle, writeBundle } from '../../../../src/schemas/bundle/bundle-file.ts'
import { collectSchemas } from '../../../../src/schemas/bundle/collect-schemas.ts'

const entry = (subject: string, version: number, id: number, more: object = {}) => ({
  subject,
  version,
  id,
  schema: '"string"',
  schemaType: 'AVRO',
  references: [],
  ...more,
})
const colour = entry('colour', 1, 2, { schema: '{"type":"enum","name":"Colour","symbols":["RED"]}' })
const reference = { name: 'Colour', subject: 'colour', version: 1 }
const car = entry('car', 2, 3, {
  schema: '{"type":"record","name":"Car","fields":[{"name":"colour","type":"Colour"}]}',
  references: [reference],
})

const broken: readonly [how: string, text: string, faults: RegExp[]][] = [
  ['is not JSON', '{"schemas":', [/^it is not JSON$/]],
  ['is something else', '{"schemas":[]}', [/^headgateSchemaBundle: /]],
  [
    'lacks something of several schemas',
    JSON.stringify({
      headgateSchemaBundle: 1,
      schemas: [entry('a', 1, 1, { id: 'one' }), { subject: 'b', version: 1, id: 2 }, entry('c', 1, 3, { x: 1 })],
    }),
    [/^schemas\.0\.id: /, /^schemas\.1\.schema: /, /^schemas\.2: .*"x"/],
  ],
  [
    'contradicts itself, and has schemas that cannot be used',
    writeBundle([
      entry('a', 1, 1),
      entry('a', 1, 1),
      entry('b', 1, 1, { schema: '"int"' }),
      car,
      entry('d', 1, 9, { schema: '{' }),
    ]),
    [
      /^version 1 of "a" is there twice$/,
      /^id 1 has different schemas: version 1 of "a", and version 1 of "b"$/,
      /^version 2 of "car" cannot be used: .*version 1 of "colour"/,
      /^version 1 of "d" cannot be used: /,
    ],
  ],
]

suite('a schema bundle', () => {
  for (const [how, text, faults] of broken) {
    test(`that ${how} is refused with every fault`, async () => {
      await assert.rejects(readBundle(text), (error: { faults: string[] }) => {
        assert.equal(error.faults.length, faults.length, error.faults.join('\n'))
        for (const [index, fault] of faults.entries()) assert.match(error.faults[index] as string, fault)
        return true
      })
    })
  }

  test('answers as the registry that it is from', async () => {
    const first = entry('car', 1, 1, { guid: '123e4567-e89b-12d3-a456-426614174000' })
    const bundle = await readBundle(writeBundle([first, car, colour, entry('proto', 1, 8, { schemaType: 'PROTOBUF' })]))

    assert.equal((await bundle.latest('car'))?.version, 2)
    assert.deepEqual(await bundle.version('car', 1), first)
    assert.deepEqual(await bundle.byId(2), colour)
    assert.deepEqual(await bundle.byGuid('123e4567-e89b-12d3-a456-426614174000'), first)
    assert.equal((await bundle.versionOf('car', { ...car, schema: `${car.schema} ` }))?.version, 2)
    assert.equal(await bundle.latest('truck'), undefined)
    assert.equal(await bundle.versionOf('colour', car), undefined)
  })

  test('has all versions of what is wanted, and what these refer to, however deep', async () => {
    const all = [entry('car', 1, 1), car, colour, entry('other', 1, 7)]
    const subjects = { list: async () => ['car', 'colour', 'other'] }
    const client = {
      versions: async (subject: string) => all.filter((each) => each.subject === subject).map(({ version }) => version),
      version: async (subject: string, version: number) =>
        all.find((each) => each.subject === subject && each.version === version),
    }

    assert.deepEqual(await collectSchemas({ client, subjects }, ['car']), [all[0], car, colour])
    assert.deepEqual(await collectSchemas({ client, subjects }, []), all)
  })
})
