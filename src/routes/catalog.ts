import { readFileSync } from 'node:fs'
import { Router } from 'express'
import { principalOf, requireAction } from '../auth/guard.ts'
import { mayDo } from '../auth/scope.ts'
import type { CatalogEntry } from '../documents/catalog-entry.ts'
import { catalogForm, catalogPage } from '../documents/catalog-page.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Action } from '../scopes/scope-name.ts'
import { negotiate } from './negotiate.ts'
import { answerJson, answerText, type Operation } from './operation.ts'
import { pageSecurity } from './page-security.ts'
import { type RouteContext, strict } from './route-context.ts'

const actions = ['read', 'publish'] as const satisfies readonly Action[]
const defaultLimit = 100
const pages = new URL('../documents/pages/', import.meta.url)

/** Parts of the page of the catalogue. */
export const catalogAssets: readonly [name: string, type: string, bytes: Buffer][] = [
  ['catalog.js', 'text/javascript', readFileSync(new URL('catalog.js', pages))],
  ['catalog.css', 'text/css', readFileSync(new URL('catalog.css', pages))],
]

/** All topics that a caller may see, with what an event of each is. */
export function catalogRouter({ on, authenticated, topics, contracts, documents, config }: RouteContext): Router {
  /** A topic whose schema cannot be had now is shown without it, rather than none. */
  const entryOf = async (topic: string, may: readonly string[]): Promise<CatalogEntry | undefined> => {
    try {
      return documents.entryOf(await topics.bound(topic), may)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'topic-not-found') return undefined
      return documents.entryOf({ contract: contracts.get(topic), schema: null }, may, error.code)
    }
  }

  const getCatalog: Operation<'getCatalog'> = async ({ req, query }, res) => {
    const { scopes } = principalOf(req)
    const type = negotiate(req, res, ['application/json', 'text/html'])
    const allowed = (topic: string) => actions.filter((action) => mayDo(scopes, action, topic))
    const { limit = defaultLimit, after = '' } = query
    const visible = (await topics.list((topic) => allowed(topic).length > 0)).map(({ topic }) => topic)
    const rest = visible.filter((topic) => topic > after)
    const shown = rest.slice(0, limit)
    const entries = await Promise.all(shown.map((topic) => entryOf(topic, allowed(topic))))
    const next = rest.length > shown.length ? (shown.at(-1) ?? null) : null
    const page = { topics: entries.filter((entry) => entry !== undefined), next }
    res.setHeader('cache-control', 'private, no-store')
    if (type === 'application/json') answerJson(res, 200, page)
    else answerText(res, 200, 'text/html; charset=utf-8', catalogPage(page, config.http.publicUrl ?? ''))
  }

  const getCatalogPage: Operation<'getCatalogPage'> = (_input, res) =>
    answerText(res, 200, 'text/html; charset=utf-8', catalogForm)

  const guards = [authenticated, requireAction(...actions)]
  return Router(strict)
    .use(['/v1/catalog', '/docs/catalog'], pageSecurity())
    .get('/v1/catalog', on('getCatalog', { guards }, getCatalog))
    .get('/docs/catalog', on('getCatalogPage', {}, getCatalogPage))
}
