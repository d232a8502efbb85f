import { isMapping } from '../yaml/mapping.ts'
import { type Config, configSchema, type Secrets } from './config.ts'
import { ConfigError } from './config-error.ts'
import { configFaults, kafkaFaults, secretFaults } from './config-faults.ts'
import { readConfigFile, type Tree } from './config-file.ts'
import { contradictions } from './contradictions.ts'
import { type Environment, type EnvironmentValues, readEnvironment } from './environment.ts'
import { secretsSchema } from './sections/secrets.ts'

export interface LoadedConfig {
  config: Config
  secrets: Secrets
}

/**
 * The configuration: the YAML file that HEADGATE_CONFIG names, overridden by the environment. Deeply frozen. Throws a
 * ConfigError with every fault of both.
 */
export function loadConfig(env: Environment, readFile: (path: string) => string): LoadedConfig {
  const file = readConfigFile(env.HEADGATE_CONFIG, readFile)
  const variables = readEnvironment(env, readFile)
  const tree = treeOf(file.tree, variables)
  const secretTree = secretTreeOf(variables)
  const config = configSchema.safeParse(tree)
  const secrets = secretsSchema.safeParse(secretTree)

  const faults = [
    ...file.faults,
    ...variables.faults,
    ...configFaults(config.error?.issues ?? [], tree, file, variables),
    ...secretFaults(secrets.error?.issues ?? [], variables),
    ...kafkaFaults(tree, file, variables),
    ...contradictions(tree, variables),
  ]
  if (faults.length > 0 || !config.success || !secrets.success) throw new ConfigError(faults)
  return { config: deeplyFrozen(config.data), secrets: deeplyFrozen(secrets.data) }
}

function treeOf(fileTree: Tree, variables: EnvironmentValues): Tree {
  const tree = structuredClone(fileTree)
  for (const name of Object.keys(configSchema.shape)) tree[name] ??= {}
  for (const [{ path }, { value }] of variables.settings) put(tree, path, value)
  for (const [name, { value }] of variables.kafkaProperties) put(tree, ['kafka', 'properties', name], value)
  return tree
}

function secretTreeOf(variables: EnvironmentValues): Tree {
  const tree: Tree = {}
  for (const [{ path }, { value }] of variables.secrets) put(tree, path.slice(1), value)
  for (const [name, { value }] of variables.kafkaSecrets) put(tree, ['kafka', name], value)
  return tree
}

/** Where the file has something else than a section, that is the fault to report: the variable is left out. */
function put(tree: Tree, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  tree[name] ??= {}
  const section = tree[name]
  if (isMapping(section)) put(section, rest, value)
}

function deeplyFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deeplyFrozen)
  return Object.freeze(value)
}
