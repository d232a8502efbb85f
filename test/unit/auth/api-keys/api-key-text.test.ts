import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { parse } from 'yaml'
import {
  isApiKeyLike,
  newApiKeyId,
  newApiKeyText,
  parseApiKeyText,
} from '../../../../src/auth/api-keys/api-key-text.ts'
import { loadApiContract } from '../../../../src/openapi/contract.ts'

const characters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
const { components } = parse(loadApiContract().text)
const documented: string = components.schemas.NewApiKey.properties.key.pattern

suite('the text of an API key', () => {
  test('has the documented form, says which key it is, and is read back', () => {
    for (let i = 0; i < 500; i++) {
      const id = newApiKeyId()
      const made = newApiKeyText(id)

      assert.match(made.text, new RegExp(documented))
      assert.ok(components.securitySchemes.apiKey.description.includes(documented.slice(1, -1)))
      assert.equal(made.text.slice(3, 15), id)
      assert.equal(isApiKeyLike(made.text), true)
      assert.deepEqual(parseApiKeyText(made.text), made)
    }
  })

  test('is never the same twice, also of one key', () => {
    const texts = Array.from({ length: 1_000 }, () => newApiKeyText('ABCDEFGHIJKL').text.slice(20, -6))

    assert.equal(new Set(texts).size, texts.length)
    for (const text of texts) assert.equal(text.length, 43)
  })

  test('uses every digit at every place of its secret, but for the first', () => {
    const secrets = Array.from({ length: 2_000 }, () => newApiKeyText('ABCDEFGHIJKL').text.slice(20, 63))
    for (let at = 1; at < 43; at++) {
      assert.equal(new Set(secrets.map((secret) => secret[at])).size, characters.length, `place ${at}`)
    }
  })

  test('ends with its CRC-32 in base 62, as a scanner computes it', () => {
    const { text } = newApiKeyText('ABCDEFGHIJKL')
    const sum = [...text.slice(-6)].reduce((value, digit) => value * 62 + characters.indexOf(digit), 0)

    assert.equal(sum, crc32(text.slice(0, -6)))
  })

  test('is refused with any character changed, left out, doubled, or swapped with its neighbour', () => {
    const { text } = newApiKeyText(newApiKeyId())
    const altered = new Set(
      [...text.slice(0, -1)].map((_, at) => text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)),
    )
    for (let at = 0; at < text.length; at++) {
      altered.add(text.slice(0, at) + text.slice(at + 1))
      altered.add(text.slice(0, at + 1) + text.slice(at))
      for (const character of [...characters, '_', ' ', 'é', '\0']) {
        altered.add(text.slice(0, at) + character + text.slice(at + 1))
      }
    }
    altered.delete(text)

    assert.ok(altered.size > 4_000)
    for (const each of altered) assert.equal(parseApiKeyText(each), undefined, each)
    for (const each of ['', 'hg_', ` ${text}`, `${text} `, `${text}\n`, text.toUpperCase()]) {
      assert.equal(parseApiKeyText(each), undefined)
    }
  })

  test('is not how a JWT begins', () => {
    for (const header of ['{"alg":"RS256"}', '{ "a":1}', '{\n}']) {
      assert.equal(isApiKeyLike(Buffer.from(header).toString('base64url')), false)
    }
  })
})
