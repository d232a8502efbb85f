import { Router } from 'express'
import { principalOf, requireAction, requireScope } from '../auth/guard.ts'
import { mayDo } from '../auth/scope.ts'
import type { components } from '../generated/openapi.ts'
import type { Action } from '../scopes/scope-name.ts'
import { contractView } from './contract-view.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

type Schemas = components['schemas']
const actions = ['read', 'publish'] as const satisfies readonly Action[]

/** What the caller may publish to and read from. */
export function topicsRouter({ on, authenticated, topics }: RouteContext): Router {
  const listTopics: Operation<'listTopics'> = async ({ req }, res) => {
    const { scopes } = principalOf(req)
    const allowed = (topic: string) => actions.filter((action) => mayDo(scopes, action, topic))
    const visible = await topics.list((topic) => allowed(topic).length > 0)
    answerJson(res, 200, {
      topics: visible.map((summary): Schemas['TopicSummary'] => ({ ...summary, may: allowed(summary.topic) })),
    })
  }

  const getTopic: Operation<'getTopic'> = async ({ params, req }, res) => {
    const principal = principalOf(req)
    const { scopes } = principal
    const { topic, contract, schema, partitions } = await topics.describe(params.topic)
    const body: Schemas['Topic'] = {
      topic,
      may: actions.filter((action) => mayDo(scopes, action, topic)),
      partitions: partitions.map(({ partition, first, last }) => ({ partition, firstOffset: first, nextOffset: last })),
      schema: schema?.ref ?? null,
      contract: contractView(contract, schema, principal),
    }
    answerJson(res, 200, body)
  }

  return Router(strict)
    .get('/v1/topics', on('listTopics', { guards: [authenticated, requireAction(...actions)] }, listTopics))
    .get('/v1/topics/:topic', on('getTopic', { guards: [authenticated, requireScope(...actions)] }, getTopic))
}
