import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Admission } from '../../../src/peers/admission.ts'

const start = 1_800_000_000_000
const claims = (time: number, nonce: string, to = 'me') => ({ time, nonce, to, path: '/x', body: '' })

suite('Admission', () => {
  test('takes a request once, and only for this instance', () => {
    const admission = new Admission('me', () => start)

    assert.equal(admission.refusalOf(claims(start, 'a', 'you')), 'it is for another instance')
    assert.equal(admission.refusalOf(claims(start, 'a')), undefined)
    assert.equal(admission.refusalOf(claims(start, 'a')), 'it was sent before')
    assert.equal(admission.refusalOf(claims(start, 'b')), undefined)
  })

  for (const [seconds, refusal] of [
    [-31, 'its clock and ours differ by 31 s'],
    [-30, undefined],
    [30, undefined],
    [31, 'its clock and ours differ by -31 s'],
  ] as const) {
    test(`${seconds} s off: ${refusal ?? 'taken'}`, () => {
      const admission = new Admission('me', () => start)

      assert.equal(admission.refusalOf(claims(start + seconds * 1_000, 'a')), refusal)
    })
  }

  test('no moment lets a request in twice, and what can come no more is forgotten', () => {
    let now = start
    const admission = new Admission('me', () => now)
    const taken = new Map<string, number>()
    for (let second = 0; second < 300; second++) {
      now = start + second * 1_000
      for (let back = -40; back <= 40; back++) {
        const nonce = `${second + back}`
        if (admission.refusalOf(claims(now + back * 1_000, nonce)) === undefined) {
          taken.set(nonce, (taken.get(nonce) ?? 0) + 1)
        }
      }
    }

    assert.ok(taken.size >= 300)
    assert.deepEqual(
      [...taken.values()].filter((times) => times > 1),
      [],
    )
    assert.ok(admission.remembered <= 100, String(admission.remembered))
  })
})
