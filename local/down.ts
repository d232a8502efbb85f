import { LocalError } from './local-error.ts'
import { isAlive } from './process-identity.ts'
import { say } from './progress.ts'
import { readLiveRunState, stopLeftovers } from './run-state.ts'
import { waitUntil } from './wait-until.ts'

const stopLimitMs = 120_000

export async function down(): Promise<void> {
  const running = readLiveRunState()
  if (running) {
    say('Stopping …')
    process.kill(running.supervisor.pid, 'SIGTERM')
    const hasStopped = await waitUntil(() => !isAlive(running.supervisor), { limitMs: stopLimitMs })
    if (!hasStopped)
      throw new LocalError(`process ${running.supervisor.pid} has not stopped after ${stopLimitMs / 1000} s`)
  }
  const leftovers = await stopLeftovers()
  if (leftovers.length > 0) say(`Stopped what an earlier run had left: ${leftovers.join(', ')}.`)
  say(running || leftovers.length > 0 ? 'Stopped.' : 'Nothing was running.')
}
