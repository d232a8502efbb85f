import type { RequestHandler } from 'express'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ApiContract } from '../openapi/contract.ts'

/** OPTIONS is answered before any router sees it: each of them would answer with its own routes alone. */
export function answerOptions(contract: ApiContract): RequestHandler {
  const allowedAt = methodsByPath(contract)
  return (req, res, next) => {
    const allowed = req.method === 'OPTIONS' ? allowedAt(req.path) : undefined
    if (allowed) res.status(204).setHeader('allow', allowed).end()
    else next()
  }
}

/** For requests that no route took: 405 where the path has other methods, else 404. */
export function notRouted(contract: ApiContract): RequestHandler {
  const allowedAt = methodsByPath(contract)
  return ({ path }) => {
    const allow = allowedAt(path)
    if (!allow) throw new GatewayError('route-not-found', 'There is nothing at this path; see /docs for what there is.')
    throw new GatewayError('method-not-allowed', `Allowed here: ${allow}.`, { headers: { allow } })
  }
}

/** The value of `Allow` for a path; undefined where the API has no such path. */
function methodsByPath({ operations }: ApiContract): (path: string) => string | undefined {
  const routes = [...Map.groupBy(operations.values(), ({ path }) => path)].map(([path, specs]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    methods: specs.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
  }))
  return (path) => routes.find(({ pattern }) => pattern.test(path))?.methods.join(', ')
}
