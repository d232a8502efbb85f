import type { Identity } from './principal.ts'

export type TicketAction = 'read' | 'publish'

/** What a ticket is good for, once. */
export interface Ticket {
  /** 128 random bits, base64url. */
  id: string
  action: TicketAction
  topics: readonly string[]
  /** Scopes of its holder that it carries besides: what it may see. Absent in a ticket of an older replica. */
  scopes?: readonly string[]
  /** The origin of the page that may use it; null for a client that is no page. */
  origin: string | null
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** Who asked for it. */
  holder: Identity
}
