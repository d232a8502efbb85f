import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isTrue } from '../../faults/judge.ts'
import { faultLines } from '../../faults/report.ts'
import { Rig } from '../../faults/rig.ts'
import { scenarios } from '../../faults/scenarios.ts'

/** The short form of `./headgate faults`. */
suite('what callers are told is true', () => {
  let rig: Rig
  let judgedTrue = 0

  before(async () => {
    rig = await Rig.start()
  })
  after(async () => {
    if (judgedTrue === scenarios.length) rig.discardLogs()
    await rig?.[Symbol.asyncDispose]()
  })

  for (const { name, title, run } of scenarios) {
    test(title, async (t) => {
      const verdict = await run(rig, 1)

      t.diagnostic(`${name}: ${verdict.events} events, ${JSON.stringify(verdict.endings)}`)
      assert.ok(isTrue(verdict), faultLines(verdict.faults).join(''))
      assert.ok(verdict.endings.published > 0)
      judgedTrue++
    })
  }
})
