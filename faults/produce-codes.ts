import { join } from 'node:path'
import kafka from '@confluentinc/kafka-javascript'
import { findFreePorts } from '../local/ports.ts'
import { waitUntil } from '../local/wait-until.ts'
import type { Ending } from './answer-log.ts'
import type { Caller } from './caller.ts'
import { FakeKafka, type ToldAnswer } from './fake-kafka.ts'
import type { Verdict } from './judge.ts'
import type { Rig } from './rig.ts'

export async function judgeProduceCodes(rig: Rig, _rounds: number): Promise<Verdict> {
  const topic = 'produce-codes'
  const [port = 0, controlPort = 0] = await findFreePorts(2)
  await using fake = await FakeKafka.start({ port, controlPort, topic, logFile: join(rig.folder, 'fake-kafka.log') })
  const stage = { name: topic, kafkaPort: port, bootstrap: `127.0.0.1:${port}`, isTopicThere: true }
  return await rig.judged(stage, async ({ caller }) => {
    for (const [name, code] of Object.entries(kafka.CODES.ERRORS)) {
      if (code <= 0 && name !== 'ERR_UNKNOWN') continue
      for (const appended of [false, true]) {
        const t = Date.now()
        await waitUntil(async () => (await caller.send('one', 0)).endings[0] === 'published', { limitMs: 20_000 })
        const w = Date.now() - t
        const t2 = Date.now()
        await fake.tell([{ code, appended }])
        const { endings } = await caller.send('one', 0, 2)
        const left = await fake.untell()
        process.stderr.write(
          `${name} ${code} ${appended} ${endings[0]} ${Date.now() - t2} ms, waited ${w}, left ${left}\n`,
        )
      }
    }
  })
}
