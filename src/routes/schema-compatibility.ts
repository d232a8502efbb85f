import { Router } from 'express'
import { requireAction, requireScope, requireWholeAction } from '../auth/guard.ts'
import type { components } from '../generated/openapi.ts'
import { askerOf } from './asker.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

type Schemas = components['schemas']

const readers = ['schemas-read', 'schemas-write'] as const

/** How subjects may change. */
export function schemaCompatibilityRouter({ on, authenticated, schemas, config }: RouteContext): Router {
  const getGlobalCompatibility: Operation<'getGlobalCompatibility'> = async (_input, res) => {
    answerJson(res, 200, { level: await schemas.globalLevel() } satisfies Schemas['GlobalCompatibility'])
  }

  const setGlobalCompatibility: Operation<'setGlobalCompatibility'> = async ({ body, req }, res) => {
    const { level } = (body as JsonBody).value as unknown as Schemas['GlobalCompatibility']
    await schemas.setLevel(level, askerOf(req, res))
    answerJson(res, 200, { level: await schemas.globalLevel() } satisfies Schemas['GlobalCompatibility'])
  }

  const getCompatibility: Operation<'getCompatibility'> = async ({ params: { subject } }, res) => {
    answerJson(res, 200, await levelOf(subject))
  }

  const setCompatibility: Operation<'setCompatibility'> = async ({ params: { subject }, body, req }, res) => {
    const { level } = (body as JsonBody).value as unknown as Schemas['GlobalCompatibility']
    await schemas.setLevel(level, askerOf(req, res), subject)
    answerJson(res, 200, { subject, level, inherited: false } satisfies Schemas['Compatibility'])
  }

  const unsetCompatibility: Operation<'unsetCompatibility'> = async ({ params: { subject }, req }, res) => {
    await schemas.unsetLevel(subject, askerOf(req, res))
    answerJson(res, 200, await levelOf(subject))
  }

  const levelOf = async (subject: string): Promise<Schemas['Compatibility']> => ({
    subject,
    ...(await schemas.level(subject)),
  })

  const reads = jsonBodyReader(config)
  const reading = { guards: [authenticated, requireScope(...readers)] }
  const writing = { guards: [authenticated, requireScope('schemas-write')] }
  const somewhere = { guards: [authenticated, requireAction(...readers)] }
  const everywhere = { guards: [authenticated, requireWholeAction('schemas-write')] }
  return Router(strict)
    .get('/v1/schemas/compatibility', on('getGlobalCompatibility', somewhere, getGlobalCompatibility))
    .put('/v1/schemas/compatibility', on('setGlobalCompatibility', { ...everywhere, reads }, setGlobalCompatibility))
    .get('/v1/schemas/:subject/compatibility', on('getCompatibility', reading, getCompatibility))
    .put('/v1/schemas/:subject/compatibility', on('setCompatibility', { ...writing, reads }, setCompatibility))
    .delete('/v1/schemas/:subject/compatibility', on('unsetCompatibility', writing, unsetCompatibility))
}
