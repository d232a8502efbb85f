const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Whether a text is a JWS in compact form (RFC 7515 §7.1), and the only text that is this one: nothing is forgiven, as decoders do. */
export function isCompactJws(text: string): boolean {
  return compactForm.test(text) && text.split('.').every(isCanonical)
}

// RFC 4648 §3.5
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part
