/** A room that callers share, and one who wants more of it. */
export interface SharedRoom {
  room: number
  used: number
  /** What the one who asks has of it. */
  held: number
  wanted: number
  /** Callers who have something, with the one who asks. */
  holders: number
}

/**
 * Whether one caller would have so much that too little is left for others. Up to `unasked`, half of the room, nobody is asked; then each may
 * have what would be his if one more came, so that there is something left for who comes next. A first piece is never too much.
 */
export const isBeyondShare = ({ room, used, held, wanted, holders }: SharedRoom, unasked = room / 2): boolean =>
  held > 0 && used + wanted > unasked && held + wanted > room / (holders + 1)
