import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeHeaderText, isBinaryMode, readBinary } from '../../../src/cloudevents/binary-mode.ts'

suite('an attribute in an HTTP header', () => {
  const cases: [header: string, text: string | undefined][] = [
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41', 'A'],
    ['a b', 'a b'],
    ['', ''],
    ['%2520', '%20'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['"%E2%82%AC"', '€'],
    ['"open', '"open'],
    ['%C0%A0', undefined],
    ['%ED%A0%80', undefined],
    ['%', undefined],
    ['%4', undefined],
    ['é', undefined],
  ]
  for (const [header, text] of cases) {
    test(`${JSON.stringify(header)} is ${text === undefined ? 'refused' : JSON.stringify(text)}`, () => {
      assert.equal(decodeHeaderText(header), text)
    })
  }

  test('is any text, encoded as the binding has it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const encoded = encodeURIComponent(text.toWellFormed())
        assert.equal(decodeHeaderText(encoded), text.toWellFormed())
      }),
    )
  })
})

suite('isBinaryMode', () => {
  for (const name of ['ce-specversion', 'ce-id', 'ce-source', 'ce-type']) {
    test(`takes ${name} alone for a CloudEvent`, () => {
      assert.equal(isBinaryMode({ [name]: '', 'content-type': 'application/json' }), true)
    })
  }

  test('leaves to structured mode what has its content type', () => {
    assert.equal(isBinaryMode({ 'ce-id': '1', 'content-type': 'Application/CloudEvents+json' }), false)
  })

  test('does not take an extension alone for a CloudEvent', () => {
    assert.equal(isBinaryMode({ 'ce-time': '2026-03-01T09:30:00Z' }), false)
  })
})

suite('readBinary', () => {
  const required = { 'ce-specversion': ['1.0'], 'ce-id': ['1'], 'ce-source': ['/s'], 'ce-type': ['t'] }

  test('reads every attribute, and the content type as the type of the data', () => {
    const { attributes, faults } = readBinary({
      ...required,
      'ce-x1': ['a%20b'],
      'content-type': ['application/json; charset=utf-8'],
      'user-agent': ['x'],
    })

    assert.deepEqual(faults, [])
    assert.deepEqual(attributes, {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      x1: 'a b',
      datacontenttype: 'application/json; charset=utf-8',
    })
  })

  test('names an attribute that is given twice', () => {
    const { faults } = readBinary({ ...required, 'ce-id': ['1', '2'] })

    assert.deepEqual(faults, [{ in: 'header', pointer: 'ce-id', message: 'is given twice' }])
  })

  test('shortens a name that is very long', () => {
    const { faults } = readBinary({ ...required, [`ce-${'-'.repeat(5_000)}`]: ['x'] })

    assert.ok((faults[0]?.pointer.length ?? 0) < 200)
  })
})
