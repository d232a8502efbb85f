import type { LinesCase, RequestCase } from './cases.ts'
import type { Load, LoadResult } from './load.ts'
import type { LinesLoad, LinesResult } from './load-lines.ts'
import type { Measured } from './report.ts'
import type { Server } from './rig.ts'
import { runScript } from './run-script.ts'

/** Publishes to a server as a case says. Throws where anything was not published. */
export async function runLoad(
  each: RequestCase | LinesCase,
  { part, port, headers }: Server,
  seconds: number,
): Promise<Measured> {
  const { topic, connections } = each
  const path = `/v1/topics/${topic}/events`
  const common = { port, headers, connections, seconds }
  if ('lines' in each) {
    const load: LinesLoad = { ...common, path, lines: each.lines }
    return runScript<LinesResult>('load-lines.ts', load)
  }
  const load: Load = { ...common, path: path + each.path, body: each.body }
  const result = await runScript<LoadResult>('load.ts', load)
  if (result.failures > 0) throw new Error(`${result.failures} answers of ${part.name} were not 201`)
  return { ...result, events: result.requests * each.events }
}
