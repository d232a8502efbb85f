import type { z } from 'zod'
import { expectedOf, schemaAt } from '../yaml/expected.ts'
import { explainIssue } from '../yaml/explain-issue.ts'
import { membersOf } from '../yaml/mapping.ts'
import { configSchema } from './config.ts'
import type { ConfigFault } from './config-error.ts'
import type { ConfigFile, Tree } from './config-file.ts'
import type { EnvironmentValues } from './environment.ts'
import { propertyFaults } from './kafka-properties.ts'
import { secretsSchema } from './sections/secrets.ts'
import { type Setting, secretSettings, settings } from './settings.ts'

type Issues = readonly z.core.$ZodIssue[]
type Path = readonly PropertyKey[]

/** What the schema refused, named by the variable or the place in the file that brought it. */
export function configFaults(
  issues: Issues,
  tree: Tree,
  file: ConfigFile,
  variables: EnvironmentValues,
): ConfigFault[] {
  const explained = issues.flatMap((issue) => explainIssue(configSchema, tree, issue))
  return explained.map(({ path, message, isMissing }) => {
    const setting = settingAt(settings, path)
    const source = setting && variables.settings.get(setting)
    if (source) return { setting: source.setting, message: itemOf(setting, path) + message }
    if (setting && isMissing) return { setting: setting.env, message: `${message}. ${setting.description}` }
    return { setting: file.placeOf(path), message }
  })
}

/** As {@link configFaults}, but never with what was found. */
export function secretFaults(issues: Issues, variables: EnvironmentValues): ConfigFault[] {
  return issues.map(({ path }) => {
    const setting = settingAt(secretSettings, ['secrets', ...path])
    const at = schemaAt(secretsSchema, path)
    const expected = at ? expectedOf(at) : ''
    const source = setting && variables.secrets.get(setting)
    if (source)
      return { setting: source.setting, message: `${itemOf(setting, ['secrets', ...path])}expected ${expected}` }
    return { setting: setting?.env ?? 'secrets', message: `is required. ${setting?.description ?? ''}` }
  })
}

/** What librdkafka may not be told, whether as a property or as a secret, and what it must be. */
export function kafkaFaults(tree: Tree, file: ConfigFile, variables: EnvironmentValues): ConfigFault[] {
  const kafka = membersOf(tree.kafka)
  const properties = membersOf(kafka.properties)
  const placeOf = (name: string) =>
    variables.kafkaProperties.get(name)?.setting ?? file.placeOf(['kafka', 'properties', name])

  const faults = [
    ...Object.entries(properties).flatMap(([name, value]) => propertyFaults(placeOf(name), name, value)),
    ...[...variables.kafkaSecrets].flatMap(([name, { setting, value }]) => propertyFaults(setting, name, value)),
  ]
  if (properties['bootstrap.servers']) return faults
  const message = 'is required. The brokers to connect to first: `host:port`, comma-separated.'
  return [...faults, { setting: 'HEADGATE_KAFKA_BOOTSTRAP_SERVERS', message }]
}

function settingAt(candidates: readonly Setting[], path: Path): Setting | undefined {
  return candidates.find((setting) => setting.path.every((name, index) => name === path[index]))
}

function itemOf(setting: Setting, path: Path): string {
  const index = path[setting.path.length]
  return typeof index === 'number' ? `item ${index + 1}: ` : ''
}
