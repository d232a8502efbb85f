import { gatewayUrl } from './gateway.ts'
import { LocalError } from './local-error.ts'
import { requestLocalToken } from './local-token.ts'
import { say } from './progress.ts'
import { readLiveRunState } from './run-state.ts'
import { command } from './verb-context.ts'

export interface KeyWanted {
  scopes: readonly string[]
  description: string
  lifetimeMs: number | undefined
  addresses: readonly string[] | undefined
  owner: string | undefined
  quotaClass: string | undefined
}

interface Answer {
  key?: string
  apiKey?: { id: string }
  detail?: string
}

const answerLimitMs = 15_000

/** An API key of the running gateway, and nothing else, on standard output; beside it a line to paste. */
export async function createKey({ lifetimeMs, ...wanted }: KeyWanted): Promise<void> {
  const running = readLiveRunState()
  if (!running) throw new LocalError(`the gateway does not run; start it: ${command} up`)
  const gateway = gatewayUrl(running.ports.gateway)
  // Who gives a key must hold its scopes too.
  const token = await requestLocalToken(running.ports, ['keys', ...wanted.scopes])
  const expiresAt = lifetimeMs === undefined ? undefined : new Date(Date.now() + lifetimeMs).toISOString()
  const answer = await fetch(`${gateway}/v1/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...wanted, expiresAt }),
    signal: AbortSignal.timeout(answerLimitMs),
  })
  const { key, apiKey, detail } = (await answer.json()) as Answer
  if (!key || !apiKey) throw new LocalError(`the gateway answered ${answer.status}: ${detail}`)
  process.stdout.write(`${key}\n`)
  say(`This is the key ${apiKey.id}. It is not shown again. What it reaches:`)
  say(`  curl -sS ${gateway}/v1/topics -H 'Authorization: Bearer ${key}'`)
}
