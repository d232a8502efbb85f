import { readFileSync, writeFileSync } from 'node:fs'
import { command } from '../command.ts'
import { UsageError } from '../usage-error.ts'
import { GatewayClient } from './gateway-client.ts'
import { typesModule } from './types-module.ts'

export const writeTypes = command({
  usage: 'types [--url URL] [--token-file FILE] [--topics PATTERN] [--out FILE [--check]]',
  help: `
Writes the TypeScript types of the events of all topics that the caller may publish to or read from.

  --url URL          where the gateway is; HEADGATE_CLIENT_URL, or http://127.0.0.1:8080
  --token-file FILE  a file with an access token or an API key; or else HEADGATE_CLIENT_TOKEN has it
  --topics PATTERN   only the topics that fit, in which * is any run of characters
  --out FILE         where to write; without it, to standard output
  --check            write nothing: end with 1 where FILE is not what would be written
  -h, --help         this

Ends with 0; with 1 where --check finds a difference; with 2 where the command is wrong or the gateway gives no answer.
docs/documents.md says what is in the file.
`,
  options: {
    url: { type: 'string' },
    'token-file': { type: 'string' },
    topics: { type: 'string' },
    out: { type: 'string' },
    check: { type: 'boolean' },
  },
  run: async ({ values, words }, stdout) => {
    const { out } = values
    if (words.length > 0) throw new UsageError(`there is nothing to be said of ${words.join(' ')}`)
    if (values.check && out === undefined) throw new UsageError('--check needs --out')
    const token = tokenOf(values['token-file'])
    const url = values.url ?? process.env.HEADGATE_CLIENT_URL ?? 'http://127.0.0.1:8080'
    const text = await typesModule(new GatewayClient(url, token), values.topics ?? '*')
    if (out === undefined) stdout.write(text)
    else if (values.check) return isSame(out, text, stdout) ? 0 : 1
    else writeFileSync(out, text)
    return 0
  },
})

function tokenOf(file: string | undefined): string {
  const token = file === undefined ? (process.env.HEADGATE_CLIENT_TOKEN ?? '') : read(file)
  if (token === undefined) throw new UsageError(`${file} cannot be read`)
  if (token.trim() === '') throw new UsageError('there is no token: give --token-file, or set HEADGATE_CLIENT_TOKEN')
  return token.trim()
}

function isSame(file: string, text: string, stdout: NodeJS.WriteStream): boolean {
  const isSame = read(file) === text
  if (!isSame) stdout.write(`${file} is out of date: write it again without --check.\n`)
  return isSame
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
