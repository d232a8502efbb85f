import { writeFileSync } from 'node:fs'
import { registrySchema } from '../config/sections/registry.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { writeBundle } from '../schemas/bundle/bundle-file.ts'
import { collectSchemas } from '../schemas/bundle/collect-schemas.ts'
import { RegistryClient } from '../schemas/registry-client.ts'
import { RegistrySubjects } from '../schemas/registry-subjects.ts'
import { command } from './command.ts'
import { UsageError } from './usage-error.ts'

export const schemaBundle = command({
  usage: 'schema bundle --registry URL --out FILE [--subject SUBJECT]… [--user NAME] [--ca FILE]',
  help: `
Writes what a registry has into a file, by which gateways start while the registry is away (\`registry.bundle\`).

  --registry URL     base URL of Confluent's API, path included
  --out FILE         where to write it; - is standard output
  --subject SUBJECT  only this one, and what it refers to; several. Without it, all
  --user NAME        for basic authentication; the password is read from HEADGATE_SECRETS_REGISTRY_PASSWORD
  --ca FILE          PEM file of the authorities to trust
  -h, --help         this

Ends with 0 where it is written, 1 where the registry does not give it, 2 where the command is wrong.
`,
  options: {
    registry: { type: 'string' },
    out: { type: 'string' },
    subject: { type: 'string', multiple: true },
    user: { type: 'string' },
    ca: { type: 'string' },
  },
  run: async ({ values, words }, stdout) => {
    const { registry, out, subject = [], user, ca } = values
    if (words.length > 0) throw new UsageError(`${words.join(' ')}: this takes options alone`)
    if (registry === undefined) throw new UsageError('--registry is missing')
    if (out === undefined) throw new UsageError('--out is missing')
    const config = registrySchema.safeParse({ url: registry, username: user, caFile: ca })
    if (!config.success) throw new UsageError('--registry is an http or https URL without user and password')

    const password = process.env.HEADGATE_SECRETS_REGISTRY_PASSWORD
    const secrets = { cursor: [], kafka: {}, ...(password !== undefined && { registryPassword: password }) }
    await using client = new RegistryClient(config.data, secrets, { up: () => {}, down: () => {} })
    try {
      const schemas = await collectSchemas({ client, subjects: new RegistrySubjects(client) }, subject)
      if (out === '-') stdout.write(writeBundle(schemas))
      else writeFileSync(out, writeBundle(schemas))
      process.stderr.write(
        `${schemas.length} schemas of ${new Set(schemas.map((each) => each.subject)).size} subjects\n`,
      )
      return 0
    } catch (error) {
      if (!isTold(error)) throw error
      process.stderr.write(`${error.message}\n`)
      return 1
    }
  },
})

/** Of the registry, or of the file that cannot be written. */
const isTold = (error: unknown): error is Error =>
  error instanceof GatewayError || (error instanceof Error && 'syscall' in error)
