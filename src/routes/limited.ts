import type { Request, Response } from 'express'
import { principalOf } from '../auth/guard.ts'
import type { Quotas } from '../quotas/quotas.ts'

export type Admit = (req: Request, res: Response) => void

/** Counts a request against the quota of its caller. Throws `quota-exceeded`. */
export const admission =
  (quotas: Pick<Quotas, 'admit' | 'headers'>): Admit =>
  (req, res) =>
    showing(quotas, req, res, () => quotas.admit(principalOf(req)))

/** Counts events before they are published or, without a topic, judged. Throws `quota-exceeded`. */
export function takeEvents(
  quotas: Pick<Quotas, 'take' | 'headers'>,
  { req, res, topic }: { req: Request; res: Response; topic?: string },
  events: number,
  bytes: number,
): void {
  showing(quotas, req, res, () => quotas.take(principalOf(req), events, bytes, topic))
}

/** Counts the events of an answer that is ready. */
export function spendRead(
  quotas: Pick<Quotas, 'pace' | 'headers'>,
  { req, res }: { req: Request; res: Response },
  events: number,
  text: string,
): void {
  showing(quotas, req, res, () => quotas.pace(principalOf(req)).spend(events, Buffer.byteLength(text)))
}

/** Counts a stream for as long as its connection is open. Throws `quota-exceeded`. */
export function holdStream(quotas: Pick<Quotas, 'openStream'>, req: Request, res: Response): void {
  const release = quotas.openStream(principalOf(req))
  if (res.closed) release()
  else res.on('close', release)
}

/** What is left is said of every answer, also of one that refuses. */
function showing(quotas: Pick<Quotas, 'headers'>, req: Request, res: Response, count: () => void): void {
  try {
    count()
  } finally {
    const shown = quotas.headers(principalOf(req))
    if (shown) res.setHeader('ratelimit-policy', shown.policy)
    if (shown?.left) res.setHeader('ratelimit', shown.left)
  }
}
