import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** Lets a page load what the gateway itself serves, and stand in no frame. `more` is what it needs beside that. */
export function pageSecurity(more: Readonly<Record<string, string[]>> = {}): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        ...more,
      },
    },
  })
}
