import { type Request, type Response, Router } from 'express'
import { requireScope } from '../auth/guard.ts'
import type { DocumentName, TopicDocument } from '../documents/topic-documents.ts'
import { answerText, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

/** What a topic's schema and contract say, in the languages of others. */
export function topicDocumentsRouter({ on, authenticated, topics, documents }: RouteContext): Router {
  const guards = [authenticated, requireScope('read', 'publish')]

  const answer = async (name: DocumentName, topic: string, req: Request, res: Response): Promise<void> =>
    answerDocument(req, res, documents.of(name, await topics.bound(topic)))

  const getTopicOpenapi: Operation<'getTopicOpenapi'> = ({ params, req }, res) =>
    answer('openapi', params.topic, req, res)
  const getTopicAsyncapi: Operation<'getTopicAsyncapi'> = ({ params, req }, res) =>
    answer('asyncapi', params.topic, req, res)
  const getTopicTypes: Operation<'getTopicTypes'> = ({ params, req }, res) => answer('types', params.topic, req, res)
  const getTopicSchema: Operation<'getTopicSchema'> = ({ params, query, req }, res) =>
    answer(query.as === 'read' ? 'schema-read' : 'schema-publish', params.topic, req, res)
  const getTopicExample: Operation<'getTopicExample'> = ({ params, req }, res) =>
    answer('example', params.topic, req, res)

  return Router(strict)
    .get('/v1/topics/:topic/openapi.json', on('getTopicOpenapi', { guards }, getTopicOpenapi))
    .get('/v1/topics/:topic/asyncapi.json', on('getTopicAsyncapi', { guards }, getTopicAsyncapi))
    .get('/v1/topics/:topic/types.ts', on('getTopicTypes', { guards }, getTopicTypes))
    .get('/v1/topics/:topic/schema.json', on('getTopicSchema', { guards }, getTopicSchema))
    .get('/v1/topics/:topic/example.json', on('getTopicExample', { guards }, getTopicExample))
}

/** To be asked for again each time, which costs little where nothing has changed. */
function answerDocument(req: Request, res: Response, { mediaType, bytes, etag }: TopicDocument): void {
  res.setHeader('cache-control', 'private, no-cache')
  res.setHeader('etag', etag)
  if (isKnown(req.headers['if-none-match'], etag)) res.writeHead(304).end()
  else answerText(res, 200, mediaType, bytes)
}

// RFC 9110 §13.1.2: compared without regard to what is weak, as a proxy that compresses makes it.
function isKnown(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false
  return known.trim() === '*' || known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
}
