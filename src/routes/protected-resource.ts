import { Router } from 'express'
import { requestError } from '../errors/request-fault.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

/** What a client that knows nothing but the gateway's URL has to know to get a token (RFC 9728). Open to all. */
export function protectedResourceRouter({ on, config: { auth }, resource, scopes }: RouteContext): Router {
  const issuers = [auth, ...auth.issuers].map(({ issuer }) => issuer)

  const getProtectedResource: Operation<'getProtectedResource'> = ({ req }, res) => {
    const url = resource.urlFor(req)
    if (url === undefined) throw requestError('header', 'host', 'must name the host that was asked')
    // Without `http.publicUrl` the answer depends on the host that was asked for.
    res.setHeader('cache-control', 'no-store')
    answerJson(res, 200, {
      resource: url,
      resource_name: 'Headgate',
      resource_documentation: `${url}/docs`,
      authorization_servers: issuers,
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
    })
  }

  const routes = on('getProtectedResource', {}, getProtectedResource)
  const router = Router(strict)
  for (const path of resource.metadataPaths) router.get(literal(path), routes)
  return router
}

/** Express gives these characters a meaning in paths. */
const literal = (path: string): string => path.replace(/[{}()[\]+?!:*\\]/g, '\\$&')
