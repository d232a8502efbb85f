import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Router } from 'express'
import { GatewayError } from '../errors/gateway-error.ts'
import { catalogAssets } from './catalog.ts'
import { ErrorPages } from './error-pages.ts'
import { answerText, type Operation } from './operation.ts'
import { pageSecurity } from './page-security.ts'
import { type RouteContext, strict } from './route-context.ts'

// The package's main module would run the whole page's script here.
const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

const start = `
  SwaggerUIBundle({ url: '/openapi.yaml', dom_id: '#docs', deepLinking: true, validatorUrl: null })
`
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Headgate</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<p><a href="/openapi.yaml">OpenAPI</a> · <a href="/asyncapi.json">AsyncAPI</a> (streams) · <a href="/docs/errors">Problems</a> · <a href="/docs/catalog">Topics</a></p>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
`

interface Asset {
  type: string
  bytes: Buffer
}

const assets: ReadonlyMap<string, Asset> = new Map<string, Asset>([
  ['swagger-ui.css', { type: 'text/css', bytes: readFileSync(join(swaggerUi, 'swagger-ui.css')) }],
  ['swagger-ui-bundle.js', { type: 'text/javascript', bytes: readFileSync(join(swaggerUi, 'swagger-ui-bundle.js')) }],
  ['start.js', { type: 'text/javascript', bytes: Buffer.from(start) }],
  ...catalogAssets.map(([name, type, bytes]): [string, Asset] => [name, { type, bytes }]),
])

/** The document, as text and as a page, and the page of each problem. All of it is served from here: no Internet is needed. */
export function docsRouter({ on, openapi, asyncapi }: RouteContext): Router {
  const errorPages = new ErrorPages()
  // As bytes, which all who are sent them share.
  const documents = {
    openapi: Buffer.from(openapi),
    asyncapi: Buffer.from(asyncapi),
    errors: Buffer.from(errorPages.all()),
  }

  const getOpenapi: Operation<'getOpenapi'> = (_input, res) =>
    answerText(res, 200, 'application/yaml', documents.openapi)

  const getAsyncapi: Operation<'getAsyncapi'> = (_input, res) =>
    answerText(res, 200, 'application/json', documents.asyncapi)

  const getDocs: Operation<'getDocs'> = (_input, res) => answerHtml(res, page)

  const getDocsAsset: Operation<'getDocsAsset'> = ({ params }, res) => {
    const asset = assets.get(params.asset)
    if (!asset) throw new GatewayError('route-not-found', `The page has no part "${params.asset}".`)
    answerText(res, 200, `${asset.type}; charset=utf-8`, asset.bytes)
  }

  const getErrorPages: Operation<'getErrorPages'> = (_input, res) => answerHtml(res, documents.errors)

  const getErrorPage: Operation<'getErrorPage'> = ({ params: { code } }, res) => {
    const html = errorPages.one(code)
    if (html === undefined) throw new GatewayError('error-page-not-found', `There is no problem code "${code}".`)
    answerHtml(res, html)
  }

  return Router(strict)
    .use(['/docs', '/docs/assets', '/docs/errors'], security)
    .get('/openapi.yaml', on('getOpenapi', {}, getOpenapi))
    .get('/asyncapi.json', on('getAsyncapi', {}, getAsyncapi))
    .get('/docs', on('getDocs', {}, getDocs))
    .get('/docs/assets/:asset', on('getDocsAsset', {}, getDocsAsset))
    .get('/docs/errors', on('getErrorPages', {}, getErrorPages))
    .get('/docs/errors/:code', on('getErrorPage', {}, getErrorPage))
}

// Swagger UI writes style attributes and shows its icons as data URLs; everything else comes from here.
const security = pageSecurity({ styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'] })

const answerHtml = (res: Parameters<typeof answerText>[0], html: string | Buffer): void =>
  answerText(res, 200, 'text/html; charset=utf-8', html)
