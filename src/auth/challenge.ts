// RFC 6750 §3 leaves these out of its attributes, and anything else would have to be escaped or end the header.
const quotable = (text: string): string => text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '_')

/** RFC 6750 §3.1: who sent no token is told nothing but how to. */
export const missingToken = challenge({})

export function invalidToken(description: string): string {
  return challenge({ error: 'invalid_token', error_description: description })
}

export function insufficientScope(scope: string): string {
  return challenge({ error: 'insufficient_scope', error_description: 'the token lacks a scope', scope })
}

function challenge(attributes: Record<string, string>): string {
  const all = Object.entries({ realm: 'headgate', ...attributes })
  return `Bearer ${all.map(([name, value]) => `${name}="${quotable(value)}"`).join(', ')}`
}
