import type { PeerHandler } from '../peers/peer-listener.ts'
import type { Peer } from '../peers/peer-names.ts'
import type { Peers } from '../peers/peers.ts'
import type {
  LeaseResult,
  ReceiveCall,
  Received,
  SeekCall,
  SeekResult,
  SettleCall,
  SubscriptionReplica,
  WithdrawCall,
} from './replica-calls.ts'

/** Beside what it waits for itself. */
const callLimitMs = 15_000
const pathOf = (method: keyof SubscriptionReplica): string => `/subscriptions/${method}`

/** Another replica. What it rejects with is what the other side was told, or `replica-unavailable`. */
export class RemoteReplica implements SubscriptionReplica {
  readonly #peers: Pick<Peers, 'call'>
  readonly #peer: Peer

  constructor(peers: Pick<Peers, 'call'>, peer: Peer) {
    this.#peers = peers
    this.#peer = peer
  }

  receive(call: ReceiveCall): Promise<Received> {
    return this.#call('receive', call, call.waitMs)
  }

  cancel(call: { id: string }): Promise<void> {
    return this.#call('cancel', call)
  }

  settle(call: SettleCall): Promise<LeaseResult[]> {
    return this.#call('settle', call)
  }

  withdraw(call: WithdrawCall): Promise<void> {
    return this.#call('withdraw', call)
  }

  seek(call: SeekCall): Promise<SeekResult[]> {
    return this.#call('seek', call)
  }

  leased(call: { subscription: string }): Promise<number> {
    return this.#call('leased', call)
  }

  /** The other side is this program, and its answer is signed. */
  async #call<T>(method: keyof SubscriptionReplica, body: unknown, waitMs = 0): Promise<T> {
    const answer = await this.#peers.call(this.#peer, {
      path: pathOf(method),
      body,
      timeoutMs: callLimitMs + waitMs,
    })
    return answer.json() as unknown as T
  }
}

/** What other replicas may call, by path. */
export function replicaRoutes(replica: SubscriptionReplica): Record<string, PeerHandler> {
  const handler =
    <Call>(handle: (call: Call) => Promise<unknown>): PeerHandler =>
    (body) =>
      handle(body as unknown as Call)
  return {
    [pathOf('receive')]: (body, signal) => receiveFor(replica, body as unknown as ReceiveCall, signal),
    [pathOf('cancel')]: handler<{ id: string }>((call) => replica.cancel(call)),
    [pathOf('settle')]: handler<SettleCall>((call) => replica.settle(call)),
    [pathOf('withdraw')]: handler<WithdrawCall>((call) => replica.withdraw(call)),
    [pathOf('seek')]: handler<SeekCall>((call) => replica.seek(call)),
    [pathOf('leased')]: handler<{ subscription: string }>((call) => replica.leased(call)),
  }
}

/** Where the other replica is gone, nobody has heard of what it would have been given. */
async function receiveFor(replica: SubscriptionReplica, call: ReceiveCall, signal: AbortSignal): Promise<Received> {
  signal.addEventListener('abort', () => void replica.cancel({ id: call.id }))
  const received = await replica.receive(call)
  if (signal.aborted && call.receiveKey === null) {
    const tokens = received.events.map(({ token }) => token)
    await replica.withdraw({ subscription: call.subscription, tokens })
  }
  return received
}
