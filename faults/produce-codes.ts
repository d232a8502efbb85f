import { join } from 'node:path'
import kafka from '@confluentinc/kafka-javascript'
import { findFreePorts } from '../local/ports.ts'
import { waitUntil } from '../local/wait-until.ts'
import type { Ending } from './answer-log.ts'
import type { Caller } from './caller.ts'
import { FakeKafka, type ToldAnswer } from './fake-kafka.ts'
import type { Verdict } from './judge.ts'
import type { Rig } from './rig.ts'

const { ERRORS } = kafka.CODES
type CodeName = keyof typeof ERRORS

/**
 * The codes that a broker gives before it appends anything, and that the client does not retry by itself: only after these
 * may `failed` be said, and after these it is. The gateway's own list is in src/kafka/delivery-outcome.ts.
 */
const provesFailure: ReadonlySet<number> = new Set([
  ERRORS.ERR_MSG_SIZE_TOO_LARGE,
  ERRORS.ERR_RECORD_LIST_TOO_LARGE,
  ERRORS.ERR_TOPIC_EXCEPTION,
  ERRORS.ERR_INVALID_REQUIRED_ACKS,
  ERRORS.ERR_TOPIC_AUTHORIZATION_FAILED,
  ERRORS.ERR_CLUSTER_AUTHORIZATION_FAILED,
  ERRORS.ERR_INVALID_TIMESTAMP,
  ERRORS.ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
  ERRORS.ERR_UNSUPPORTED_COMPRESSION_TYPE,
  ERRORS.ERR_INVALID_RECORD,
])
/** Said of a producer whose records the broker has not: it appends nothing, and the client begins anew with the same events. */
const neverAppended: ReadonlySet<number> = new Set([ERRORS.ERR_UNKNOWN_PRODUCER_ID])
const brokerCodes = (Object.keys(ERRORS) as CodeName[]).filter((name) => ERRORS[name] > 0 || name === 'ERR_UNKNOWN')
const waitSeconds = 2
const recoveryLimitMs = 20_000
const topic = 'produce-codes'

interface Case {
  name: string
  told: ToldAnswer[]
  mayEnd: readonly Ending[]
}

/** One event for each story that a broker may tell in its answers, one after the other. */
export async function judgeProduceCodes(rig: Rig, rounds: number): Promise<Verdict> {
  const [port = 0, controlPort = 0] = await findFreePorts(2)
  await using fake = await FakeKafka.start({ port, controlPort, topic, logFile: join(rig.folder, 'fake-kafka.log') })
  const stage = { name: topic, kafkaPort: port, bootstrap: `127.0.0.1:${port}`, isTopicThere: true }
  const untold: string[] = []
  const verdict = await rig.judged(stage, async ({ caller }) => {
    for (let round = 0; round < rounds; round++) {
      for (const each of cases()) {
        await recovered(caller, each)
        const ending = await play(caller, fake, each)
        if (!each.mayEnd.includes(ending))
          untold.push(`${each.name}: ${ending}, where ${each.mayEnd.join(' or ')} is due`)
      }
    }
  })
  verdict.faults.odd.push(...untold)
  return verdict
}

function* cases(): Generator<Case> {
  for (const name of brokerCodes) {
    const code = ERRORS[name]
    if (provesFailure.has(code)) {
      yield { name, told: [{ code, appended: false }], mayEnd: ['failed'] }
      const appendedBefore = { code: ERRORS.ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, appended: true }
      yield { name: `${name} to a retry`, told: [appendedBefore, { code, appended: false }], mayEnd: ['unknown'] }
    } else {
      for (const appended of neverAppended.has(code) ? [false] : [false, true]) {
        yield {
          name: appended ? `${name} though appended` : name,
          told: [{ code, appended }],
          mayEnd: ['published', 'unknown'],
        }
      }
    }
  }
  const forLong = Array.from({ length: 1_000 }, () => ({ code: ERRORS.ERR_NOT_ENOUGH_REPLICAS, appended: false }))
  yield { name: 'too few replicas for longer than the deadline', told: forLong, mayEnd: ['unknown'] }
}

async function play(caller: Caller, fake: FakeKafka, { name, told }: Case): Promise<Ending> {
  await fake.tell(told)
  const { endings } = await caller.send('one', 0, waitSeconds)
  const left = await fake.untell()
  if (left === told.length) throw new Error(`the fake Kafka was not asked: ${name}`)
  return endings[0] as Ending
}

/** Whatever a broker answered before, the gateway publishes again soon. */
async function recovered(caller: Caller, { name }: Case): Promise<void> {
  const publishes = async () => (await caller.send('one', 0)).endings[0] === 'published'
  if (await waitUntil(publishes, { limitMs: recoveryLimitMs, everyMs: 50 })) return
  throw new Error(`the gateway does not publish any more; next was ${name}`)
}
