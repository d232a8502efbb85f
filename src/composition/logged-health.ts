import type { Logger } from '../observability/logger.ts'
import { PartHealth, type PartName } from '../observability/part-health.ts'

/** The health of a part, whose changes are logged. */
export function loggedHealth(part: PartName, log: Logger): PartHealth {
  return new PartHealth(part, ({ state, cause }) => {
    if (state === 'down') log.warn({ part, cause }, 'A part is away')
    else log.info({ part }, 'A part is there')
  })
}
