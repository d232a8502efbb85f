import { setTimeout as delay } from 'node:timers/promises'
import type { RunningPart } from '../local/running-part.ts'
import type { Ending } from './answer-log.ts'
import type { Verdict } from './judge.ts'
import { Load } from './load.ts'
import { judgeProduceCodes } from './produce-codes.ts'
import type { Rig } from './rig.ts'
import type { TcpProxy } from './tcp-proxy.ts'

export interface Scenario {
  name: string
  title: string
  run(rig: Rig, rounds: number): Promise<Verdict>
}

interface Harm {
  kafka: RunningPart
  gateway: RunningPart
  proxy: TcpProxy
  load: Load
}

interface LoadScenario {
  name: string
  title: string
  isProxied?: true
  /** Endings that claim nothing; by default, `unknown` and `unanswered`. */
  open?: readonly Ending[]
  /** One round, under load. Waits until the fault was felt. */
  harm(harm: Harm): Promise<void>
}

/** Published before each harm and after it: it has passed when they are. */
const soundEvents = 500
const pauseMs = 10_000
const cuts = 8
const deafMs = 200
const partedMs = 3_000

const underLoad: readonly LoadScenario[] = [
  {
    name: 'broker-killed',
    title: 'Broker killed (SIGKILL) and started again',
    async harm({ kafka, load }) {
      await kafka.kill()
      await load.more('turned-away', 50)
      await kafka.restart()
    },
  },
  {
    name: 'broker-paused',
    title: 'Broker paused (SIGSTOP) for 10 s',
    async harm({ kafka, load }) {
      kafka.pause()
      await Promise.all([delay(pauseMs), load.more('unknown', 1), load.more('turned-away', 50)])
      kafka.resume()
    },
  },
  {
    name: 'gateway-terminated',
    title: 'Gateway stopped (SIGTERM) under load and started again',
    // What a gateway that stops in order has taken, it answers.
    open: ['unknown'],
    async harm({ gateway }) {
      await gateway.restart()
    },
  },
  {
    name: 'gateway-killed',
    title: 'Gateway killed (SIGKILL) under load and started again',
    async harm({ gateway, load }) {
      await gateway.kill()
      await load.more('unsent', 50)
      await gateway.restart()
    },
  },
  {
    name: 'network-cut',
    title: 'Connections to the broker cut, also with answers lost on the way, and then impossible for 3 s',
    isProxied: true,
    async harm({ proxy, load }) {
      for (let cut = 0; cut < cuts; cut++) {
        await load.more('published', 100)
        proxy.cut()
      }
      for (let cut = 0; cut < cuts; cut++) {
        await load.more('published', 100)
        proxy.state = 'deaf'
        await delay(deafMs)
        proxy.state = 'open'
      }
      await load.more('published', 100)
      proxy.state = 'closed'
      await Promise.all([delay(partedMs), load.more('turned-away', 50)])
      proxy.state = 'open'
    },
  },
  {
    name: 'network-slow',
    title: 'Network to the broker slow (0.2 s, then 2.5 s each way), then silent',
    isProxied: true,
    async harm({ proxy, load }) {
      proxy.delayMs = 200
      await load.more('published', 500)
      proxy.delayMs = 2_500
      await load.more('unknown', 20)
      proxy.delayMs = 0
      await load.more('published', 500)
      proxy.state = 'held'
      await Promise.all([load.more('unknown', 20), load.more('turned-away', 50)])
      proxy.state = 'open'
    },
  },
]

function ofLoad({ name, title, isProxied, open, harm }: LoadScenario): Scenario {
  return {
    name,
    title,
    run: (rig, rounds) => {
      const kafkaPort = isProxied ? rig.proxyPort : rig.ports.kafka
      const stage = { name, kafkaPort, bootstrap: rig.bootstrap, ...(open && { open }) }
      return rig.judged(stage, async ({ gateway, caller }) => {
        const load = new Load(caller)
        try {
          for (let round = 0; round < rounds; round++) {
            await load.more('published', soundEvents)
            await harm({ kafka: rig.kafka, gateway, proxy: rig.proxy, load })
            await load.more('published', soundEvents)
          }
        } finally {
          await load.stop()
        }
      })
    },
  }
}

export const scenarios: readonly Scenario[] = [
  ...underLoad.map(ofLoad),
  { name: 'produce-codes', title: 'Every error code of a produce answer (fake broker)', run: judgeProduceCodes },
]
