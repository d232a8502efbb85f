import { readYaml } from '../yaml/located-yaml.ts'
import { isMapping, membersOf } from '../yaml/mapping.ts'
import { configSchema } from './config.ts'
import type { ConfigFault } from './config-error.ts'
import { reasonOf } from './environment.ts'
import { isSecretProperty } from './kafka-properties.ts'

export type Tree = Record<string, unknown>

export interface ConfigFile {
  /** A section a top-level name; a section that is there but empty is `{}`. */
  tree: Tree
  faults: ConfigFault[]
  /** Where a setting stands in the file, for a fault. */
  placeOf(path: readonly PropertyKey[]): string
}

const sections = Object.keys(configSchema.shape)

/** The file that HEADGATE_CONFIG names. Without one, an empty tree. */
export function readConfigFile(path: string | undefined, readFile: (path: string) => string): ConfigFile {
  const refused = (message: string, setting = path ?? ''): ConfigFile => ({
    tree: {},
    faults: [{ setting, message }],
    placeOf: () => setting,
  })
  if (!path) return { ...refused(''), faults: [] }
  let text: string
  try {
    text = readFile(path)
  } catch (error) {
    return refused(`the file ${path} cannot be read (${reasonOf(error)})`, 'HEADGATE_CONFIG')
  }

  const [document, second] = readYaml(text)
  if (!document) return { ...refused(''), faults: [] }
  if (second) return refused('expected one YAML document, found several')
  const placeOf = (at: readonly PropertyKey[]) => `${at.join('.')} (${path}, line ${document.lineOf(at)})`
  const broken = document.faults.map(({ line, message }) => ({ setting: `${path}, line ${line}`, message }))
  if (broken.length > 0) return { tree: {}, faults: broken, placeOf }
  if (!isMapping(document.value))
    return refused(`expected a mapping with sections such as \`${sections.slice(0, 3).join('`, `')}\``)
  const tree = Object.fromEntries(Object.entries(document.value).map(([name, value]) => [name, value ?? {}]))
  return { tree, faults: withoutSecrets(tree, placeOf), placeOf }
}

/** Takes secrets out of the tree and reports them: the file is for what may be read by anyone. */
function withoutSecrets(tree: Tree, placeOf: ConfigFile['placeOf']): ConfigFault[] {
  const faults: ConfigFault[] = []
  if ('secrets' in tree) {
    delete tree.secrets
    const message = 'secrets are not taken from the file; set HEADGATE_SECRETS_… or HEADGATE_SECRETS_…_FILE'
    faults.push({ setting: placeOf(['secrets']), message })
  }
  const properties = membersOf(membersOf(tree.kafka).properties)
  for (const name of Object.keys(properties).filter(isSecretProperty)) {
    delete properties[name]
    const variable = `HEADGATE_SECRETS_KAFKA_${name.toUpperCase().replaceAll('.', '_')}`
    const message = `is a secret, and secrets are not taken from the file; set ${variable} or ${variable}_FILE`
    faults.push({ setting: placeOf(['kafka', 'properties', name]), message })
  }
  return faults
}
