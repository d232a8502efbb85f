import type { Request, Response } from 'express'
import { GatewayError } from '../errors/gateway-error.ts'

/** The media type that the caller likes best of those that there are, the first where it does not say (RFC 9110 §12.5.1). */
export function negotiate<Type extends string>(req: Request, res: Response, types: readonly Type[]): Type {
  res.vary('Accept')
  // JSON is UTF-8, said or not.
  const accepted = req.accepts(types.flatMap((type) => [type, `${type}; charset=utf-8`]))
  if (accepted) return accepted.split(';', 1)[0] as Type
  throw new GatewayError('not-acceptable', `There is ${types.join(' and ')} here.`)
}
