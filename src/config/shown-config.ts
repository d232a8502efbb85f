import { withoutCredentials } from '../errors/credentials.ts'
import { isMapping } from '../yaml/mapping.ts'
import { configSchema } from './config.ts'
import { type ConfigFile, readConfigFile, type Tree } from './config-file.ts'
import { type Environment, type EnvironmentValues, readEnvironment } from './environment.ts'
import { loadConfig } from './load-config.ts'
import { secretSettings, settings } from './settings.ts'

export interface ShownSetting {
  /** `http.port` */
  name: string
  /** Of a secret `set`, if it is; undefined for what is not set. */
  value: unknown
  /** `default`, a variable, or a place in the file. */
  origin: string
}

type Path = readonly string[]

// Also misspelled ones, which librdkafka will refuse: their values are secrets all the same.
const mayBeSecret = /pas|secret|jaas|credential|private|oauthbearer\.config/i
const userinfo = /(?<=:\/\/)[^/@\s]+@/g

/**
 * The configuration as it would be in effect, each setting with where it comes from, in the order of docs/configuration.md. Throws a
 * ConfigError with every fault.
 */
export function shownConfig(env: Environment, readFile: (path: string) => string): ShownSetting[] {
  const { config } = loadConfig(env, readFile)
  const file = readConfigFile(env.HEADGATE_CONFIG, readFile)
  const variables = readEnvironment(env, readFile)
  const leaves = new Map(leavesOf(config, []).map(([path, value]) => [path.join('.'), { path, value }]))
  for (const { path } of settings)
    if (!leaves.has(path.join('.'))) leaves.set(path.join('.'), { path, value: undefined })

  const order = new Map(settings.map(({ path }, index) => [path.join('.'), index]))
  const sections = Object.keys(configSchema.shape)
  const rankOf = ({ path }: { path: Path }) => [
    sections.indexOf(path[0] ?? ''),
    order.get(path.join('.')) ?? settings.length,
  ]
  const byPlace = [...leaves.values()].sort((a, b) => difference(rankOf(a), rankOf(b)))
  return [
    ...byPlace.map(({ path, value }) => ({
      name: path.join('.'),
      value: shownValue(path, value),
      origin: originOf(path, file, variables),
    })),
    ...shownSecrets(variables),
  ]
}

function shownSecrets(variables: EnvironmentValues): ShownSetting[] {
  const own = secretSettings.map((setting) => ({ path: setting.path, source: variables.secrets.get(setting) }))
  const kafka = [...variables.kafkaSecrets].map(([name, source]) => ({ path: ['secrets', 'kafka', name], source }))
  return [...own, ...kafka].map(({ path, source }) => ({
    name: path.join('.'),
    value: source && 'set',
    origin: source?.setting ?? 'default',
  }))
}

/** Lists of texts and numbers are values; lists of mappings are not. */
function leavesOf(value: unknown, path: Path): [Path, unknown][] {
  const isList = Array.isArray(value) && value.every((item) => !isMapping(item))
  if (typeof value !== 'object' || value === null || isList) return [[path, value]]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]))
}

function shownValue(path: Path, value: unknown): unknown {
  const isKafkas = path[0] === 'kafka' && path[1] === 'properties'
  if (isKafkas && mayBeSecret.test(path.slice(2).join('.'))) return 'set'
  return typeof value === 'string' ? withoutCredentials(value).replace(userinfo, '[redacted]@') : value
}

function originOf(path: Path, file: ConfigFile, variables: EnvironmentValues): string {
  const name = path.join('.')
  const own = settings.find((setting) => setting.path.join('.') === name)
  const source = own
    ? variables.settings.get(own)
    : path[1] === 'properties' && variables.kafkaProperties.get(path.slice(2).join('.'))
  if (source) return source.setting
  return isIn(file.tree, path) ? placeIn(file, path) : 'default'
}

const placeIn = (file: ConfigFile, path: Path): string => /\((.*)\)$/.exec(file.placeOf(path))?.[1] ?? 'file'

function isIn(tree: Tree, [name = '', ...rest]: Path): boolean {
  if (!Object.hasOwn(tree, name)) return false
  const member = tree[name]
  if (rest.length === 0) return true
  return (isMapping(member) || Array.isArray(member)) && isIn(member as Tree, rest)
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  a.map((each, index) => each - (b[index] ?? 0)).find((each) => each !== 0) ?? 0
