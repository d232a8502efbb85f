import { Router } from 'express'
import { answerJson, answerText, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

/** What operators ask. Open to all: nothing here names a topic, a caller or an event. */
export function healthRouter({ on, readiness, metrics }: RouteContext): Router {
  const getLiveness: Operation<'getLiveness'> = (_input, res) => answerJson(res, 200, { status: 'alive' })

  const getReadiness: Operation<'getReadiness'> = ({ query }, res) => {
    const report = readiness.report()
    const takesWork = report.status === 'ready' || (report.status === 'degraded' && !query.strict)
    answerJson(res, takesWork ? 200 : 503, report)
  }

  const getMetrics: Operation<'getMetrics'> = async (_input, res) => {
    answerText(res, 200, metrics.registry.contentType, await metrics.registry.metrics())
  }

  return Router(strict)
    .get('/livez', on('getLiveness', {}, getLiveness))
    .get('/readyz', on('getReadiness', {}, getReadiness))
    .get('/metrics', on('getMetrics', {}, getMetrics))
}
