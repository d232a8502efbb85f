/** How a subject may change, in the words of Confluent's API. */
export const levels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const

export type Level = (typeof levels)[number]

/** Backward: readers with the new schema read the earlier version's events. Forward: the other way round. */
export type Direction = 'backward' | 'forward'

export function asks(level: Level, direction: Direction): boolean {
  return level.startsWith('FULL') || level.startsWith(direction.toUpperCase())
}

/** Whether it holds for all earlier versions, and not for the latest alone. */
export function isTransitive(level: Level): boolean {
  return level.endsWith('_TRANSITIVE')
}
