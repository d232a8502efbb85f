import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RequestHandler } from 'express'
import { operationSpecs } from '../support/api.ts'
import { bareApp } from '../support/app.ts'

interface Layer {
  name: string
  handle: unknown
  route?: { path: string; stack: { method: string; handle: unknown }[] }
}

interface Routed {
  method: string
  path: string
  steps: unknown[]
}

const authenticated: RequestHandler = (_req, _res, next) => next()
const authenticatedOrTicket: RequestHandler = (_req, _res, next) => next()
const routed = routesOf(bareApp(authenticated, authenticatedOrTicket).app.router.stack as unknown as Layer[])
const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`

suite('routes and openapi.yaml', () => {
  test('are the same set', () => {
    assert.deepEqual(routed.map(nameOf).sort(), operationSpecs.map(nameOf).sort())
  })

  for (const spec of operationSpecs) {
    const isGuarded = spec.security.length > 0
    const by = spec.takesTicket ? 'by token or ticket' : 'by token alone'
    test(`${spec.id} ${isGuarded ? `authenticates ${by}, then authorizes, before it does anything` : 'is open'}`, () => {
      const { steps } = routed.find((route) => nameOf(route) === nameOf(spec)) as Routed

      assert.equal(steps.indexOf(authenticated), isGuarded && !spec.takesTicket ? 1 : -1)
      assert.equal(steps.indexOf(authenticatedOrTicket), spec.takesTicket ? 1 : -1)
      assert.equal(steps.length, isGuarded ? 4 : 2)
    })
  }
})

function routesOf(stack: Layer[]): Routed[] {
  return stack.flatMap(({ handle, route }) => {
    if (route) {
      const path = route.path.replace(/:(\w+)/g, '{$1}')
      const methods = Map.groupBy(route.stack, ({ method }) => method)
      return [...methods].map(([method, layers]) => ({ method, path, steps: layers.map((layer) => layer.handle) }))
    }
    const { stack: inner } = handle as { stack?: Layer[] }
    return inner ? routesOf(inner) : []
  })
}
