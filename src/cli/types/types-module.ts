import type { GatewayClient } from './gateway-client.ts'

const atATime = 8

const head = `// Types of the events of topics, made by \`headgate types\`. Write it again rather than change it.
`

/** One module for the topics that fit: a namespace each, and who is who in \`Topics\` and \`ReadTopics\`. */
export async function typesModule(gateway: GatewayClient, pattern: string): Promise<string> {
  const fits = patternOf(pattern)
  const topics = (await gateway.topics()).filter((topic) => fits.test(topic))
  const namespaces = namespacesOf(topics)
  const parts: string[] = []
  for (let index = 0; index < topics.length; index += atATime) {
    const some = topics.slice(index, index + atATime)
    parts.push(
      ...(await Promise.all(some.map((topic) => namespaceOf(gateway, topic, namespaces.get(topic) as string)))),
    )
  }
  const members = (type: string) => topics.map((topic) => `  '${topic}': ${namespaces.get(topic)}.${type}\n`).join('')
  return [
    head,
    `/** Events as they are published, by topic. */\nexport interface Topics {\n${members('Event')}}\n`,
    `/** Events as they are read, by topic. */\nexport interface ReadTopics {\n${members('Read.Event')}}\n`,
    ...parts,
  ].join('\n')
}

async function namespaceOf(gateway: GatewayClient, topic: string, name: string): Promise<string> {
  const types = await gateway.typesOf(topic)
  const text =
    'text' in types
      ? types.text
      : `/** ${types.unusable.replaceAll('*/', '')} */\nexport type Event = never\n\nexport namespace Read {\n  export type Event = unknown\n}\n`
  const indented = text.replace(/^(?=.)/gm, '  ')
  return `/** The topic ${topic}. */\nexport namespace ${name} {\n${indented}}\n`
}

function patternOf(pattern: string): RegExp {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[^\w]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*')}$`)
}

/** A name for each topic that is a name in TypeScript, too: `orders.v2` becomes `OrdersV2`. */
export function namespacesOf(topics: readonly string[]): ReadonlyMap<string, string> {
  const used = new Set(['Topics', 'ReadTopics'])
  const names = new Map<string, string>()
  for (const topic of topics) {
    const words = topic.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
    const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
    const name = /^[A-Za-z]/.test(joined) ? joined : `Topic${joined}`
    let free = name
    for (let number = 2; used.has(free); number++) free = `${name}_${number}`
    used.add(free)
    names.set(topic, free)
  }
  return names
}
