import { configSchema } from '../src/config/config.ts'
import { fixedKafkaProperties } from '../src/config/sections/kafka.ts'
import { type Setting, secretSettings, settings } from '../src/config/settings.ts'

/** docs/configuration.md, from the schema: its descriptions, defaults and the variables' derived names. */
export function configurationDoc(): string {
  const sections = Object.keys(configSchema.shape).flatMap((name) => [section(name), additions[name]?.() ?? []].flat())
  return `${[introduction, ...sections, secrets()].join('\n\n')}\n`
}

const introduction = `# Configuration

<!-- Generated from src/config by \`npm run generate\`. -->

Settings come from a YAML file, named by \`HEADGATE_CONFIG\`, and from the environment, which wins. A variable without
text counts as not set; lists are comma-separated in variables. Headgate does not start with a setting that it does not
know or cannot use: it names every fault at once. Variables that begin with \`HEADGATE_LOCAL_\` or \`HEADGATE_TEST_\`
belong to the local parts and the tests; those that Kubernetes sets for a Service named \`headgate\` are ignored.

\`\`\`yaml
http:
  port: 8080
kafka:
  properties:
    bootstrap.servers: broker-1:9092,broker-2:9092
    security.protocol: SASL_SSL
registry:
  url: https://registry.example.com
auth:
  issuer: https://issuer.example.com
  audience: headgate
\`\`\``

function section(name: string): string {
  const rows = settings.filter(({ path }) => path[0] === name).map(row)
  const title = `## \`${name}\``
  if (rows.length === 0) return title
  return [title, '', header('Setting', 'Variable', 'Value', 'Default', 'Meaning'), ...rows].join('\n')
}

const row = (setting: Setting): string =>
  cells(
    code(setting.path.slice(1).join('.')),
    code(setting.env),
    setting.expected,
    'fallback' in setting ? fallbackText(setting.fallback) : setting.isOptional ? '' : '**required**',
    setting.description,
  )

const additions: Readonly<Record<string, () => string>> = {
  kafka: kafkaProperties,
  auth: issuers,
  quotas,
  governance: () => 'What each rule means, with examples: [governance.md](governance.md).',
}

function issuers(): string {
  return `### Several issuers, and roles

In the file \`auth.issuers\` lists further issuers, each with its own \`issuer\`, \`audience\`, \`jwksUrl\`, \`algorithms\`,
\`idClaims\`, \`scopeClaims\`, \`roleClaims\` and \`scopesOfRoles\`; the other settings above hold for all. A token is judged by the issuer
whose \`issuer\` is its \`iss\`, letter by letter. \`scopesOfRoles\`, a mapping of role names to lists of scopes, is set in the file
only. A claim's name is looked for as it is first (\`https://example.com/roles\`), then its dots lead into members.

\`\`\`yaml
auth:
  issuer: https://login.example.com
  audience: https://events.example.com
  issuers:
    - issuer: https://partners.example.org/realms/all
      audience: headgate
      scopeClaims: []
      roleClaims: [realm_access.roles, groups]
      scopesOfRoles:
        shop: ['publish:orders.*', 'read:orders.*']
        analyst: [read]
\`\`\``
}

function quotas(): string {
  return `In the file only. \`quotas.classes\` maps names to what a caller of that class may do at most, \`quotas.principals\` the ids of principals
to names of classes; docs/quotas.md says what is counted and when. Without classes nobody is limited.

\`\`\`yaml
quotas:
  classes:
    default: { requests: { limit: 100 } }
    partner: { requests: { limit: 600, seconds: 60 }, events: { limit: 5000 }, bytes: { limit: 10000000 }, streams: 20 }
  principals:
    nightly-export: partner
\`\`\``
}

function kafkaProperties(): string {
  const fixed = Object.entries(fixedKafkaProperties).map(([name, reason]) => cells(code(name), reason))
  return [
    '### Properties of the Kafka client',
    '',
    'Under `kafka.properties`, by the names of librdkafka. As a variable: `HEADGATE_KAFKA_BOOTSTRAP_SERVERS` sets',
    '`bootstrap.servers` (**required**), `HEADGATE_KAFKA_SECURITY_PROTOCOL` sets `security.protocol`, and so on.',
    '`message.timeout.ms` may not be below 120000. These cannot be set:',
    '',
    header('Property', 'Because'),
    ...fixed,
  ].join('\n')
}

function secrets(): string {
  const rows = secretSettings.map((setting) =>
    cells(code(setting.env), setting.isOptional ? '' : '**required**', setting.description),
  )
  return [
    '## Secrets',
    '',
    'Secrets are taken from the environment only. Each can be given as `…_FILE` instead: a path to a file that holds it.',
    '',
    header('Variable', '', 'Meaning'),
    ...rows,
    cells(
      code('HEADGATE_SECRETS_KAFKA_…'),
      '',
      'Secret properties of librdkafka: `HEADGATE_SECRETS_KAFKA_SASL_PASSWORD` sets `sasl.password`.',
    ),
  ].join('\n')
}

const code = (text: string): string => `\`${text}\``
const cells = (...texts: string[]): string => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
const header = (...names: string[]): string => `${cells(...names)}\n|${names.map(() => '---|').join('')}`

function fallbackText(fallback: unknown): string {
  if (!Array.isArray(fallback)) return code(String(fallback))
  return fallback.length > 0 ? code(fallback.join(',')) : 'none'
}
