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

/** The value of `Allow` for a path, of which one without parameters goes before others; undefined where the API has no such path. */
function methodsByPath({ operations }: ApiContract): (path: string) => string | undefined {
  const byPath = [...Map.groupBy(operations.values(), ({ path }) => path)]
  const concreteFirst = byPath.sort(([one], [other]) => parametersIn(one) - parametersIn(other))
  const routes = concreteFirst.map(([path, specs]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    methods: specs.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
  }))
  return (path) => routes.find(({ pattern }) => pattern.test(path))?.methods.join(', ')
}

const parametersIn = (path: string): number => path.split('{').length - 1
