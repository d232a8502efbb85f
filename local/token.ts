import { LocalError } from './local-error.ts'
import { defaultScopes, requestLocalToken } from './local-token.ts'
import { readLiveRunState } from './run-state.ts'
import { command } from './verb-context.ts'

/** An access token of the running issuer, and nothing else, on standard output. */
export async function token(scopes: readonly string[]): Promise<void> {
  const running = readLiveRunState()
  if (!running) throw new LocalError(`the issuer does not run; start it: ${command} up`)
  const wanted = scopes.length > 0 ? scopes : defaultScopes
  process.stdout.write(`${await requestLocalToken(running.ports, wanted)}\n`)
}
