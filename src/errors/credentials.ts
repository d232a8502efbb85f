// Also an API key that was cut or mistyped, a JWS without its signature, and a ticket, whose JSON begins at a known place.
const credential =
  /hg_[0-9A-Za-z]{12,20}_[0-9A-Za-z]{8,}|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)*|A[Q-f][\w-]{6}ImlkIjoi[\w-]{60,}/g

/** The text without the credentials that callers have put where they do not belong, as far as they can be told by their shape. */
export function withoutCredentials(text: string): string {
  return text.replace(credential, '[redacted]')
}
