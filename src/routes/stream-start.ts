import { assertMay } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import type { IsTrusted } from '../auth/trust.ts'
import type { Cursor } from '../reading/cursor.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import type { StreamStart } from '../streams/live-streams.ts'
import type { StreamCredentials } from '../streams/stream-life.ts'
import type { RouteContext } from './route-context.ts'

export interface GivenStart {
  /** Without them, those of the cursor. */
  topics: readonly string[] | undefined
  cursor: string | undefined
  from: string | undefined
}

/** Throws `invalid-cursor` or `invalid-parameter`. */
export function streamStart(
  { topics, cursor: text, from = 'latest' }: GivenStart,
  cursors: RouteContext['cursors'],
): Omit<StreamStart, 'permit'> {
  const cursor: Cursor | undefined = text === undefined ? undefined : cursors.verify(text)
  return {
    topics: topics ?? cursor?.topics.map(({ topic }) => topic) ?? [],
    cursor,
    from: parseStartPosition(from),
  }
}

/** A cursor grants nothing, and tells nothing: all of its topics must be allowed, also those that are not asked for. */
export function assertMayRead(principal: Principal, { topics, cursor }: Pick<StreamStart, 'topics' | 'cursor'>): void {
  for (const topic of [...topics, ...(cursor?.topics ?? []).map((position) => position.topic)]) {
    assertMay(principal, ['read'], topic)
  }
}

export const streamCredentials = (principal: Principal, isTrusted: IsTrusted): StreamCredentials => ({
  expiresAt: principal.expiresAt,
  areTrusted: () => isTrusted(principal),
})
