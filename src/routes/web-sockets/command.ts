import { GatewayError } from '../../errors/gateway-error.ts'
import type { RequestFault } from '../../errors/request-fault.ts'
import type { components } from '../../generated/openapi.ts'
import { isJsonObject, type JsonValue } from '../../json/json-value.ts'
import { parseJson } from '../../json/parse-json.ts'
import { bodyError } from '../../openapi/request-faults.ts'
import type { SchemaCheck } from '../../openapi/validator.ts'

type Schemas = components['schemas']

const schemaOf = {
  subscribe: 'SubscribeCommand',
  unsubscribe: 'UnsubscribeCommand',
  pause: 'PauseCommand',
  resume: 'ResumeCommand',
  authenticate: 'AuthenticateCommand',
  publish: 'PublishCommand',
} as const

type CommandName = keyof typeof schemaOf
export type CommandSchema = (typeof schemaOf)[CommandName]
export type CommandId = Schemas['CommandId'] | undefined

/** A command's name and what it says, which is as openapi.yaml has it. */
export type Command = { [Name in CommandName]: { name: Name; content: CommandContent<Name> } }[CommandName]

export type CommandContent<Name extends CommandName> = (Schemas[(typeof schemaOf)[Name]] & Record<Name, unknown>)[Name]

export const commandSchemas: readonly CommandSchema[] = Object.values(schemaOf)

const names = Object.keys(schemaOf) as CommandName[]

// An event's own nesting is what is bounded; what stands around it has three levels.
const levelsAround = 3

export function parseCommand(message: Buffer, jsonDepth: number): JsonValue {
  return parseJson(message, jsonDepth + levelsAround)
}

/** Also of a command that is not as it should be. */
export function idOf(value: JsonValue): CommandId {
  const id = isJsonObject(value) && Object.hasOwn(value, 'id') ? value.id : undefined
  if (typeof id === 'string' && id.length <= 128) return id
  return typeof id === 'number' && Number.isInteger(id) ? id : undefined
}

/** Throws `invalid-body`. */
export function commandOf(value: JsonValue, check: SchemaCheck<CommandSchema>, bytes: number): Command {
  const name = isJsonObject(value) ? names.find((known) => Object.hasOwn(value, known)) : undefined
  if (!name)
    throw bodyError([{ in: 'body', pointer: '', message: `must be an object with one of ${names.join(', ')}` }])
  check(schemaOf[name], value, bytes)
  return { name, content: (value as Record<CommandName, unknown>)[name] } as Command
}

/** The same error, in words for a message that is a body of its own: what would be a parameter of a request is a member of it. */
export function errorOfCommand({ code, message, extras }: GatewayError, name: CommandName | undefined): GatewayError {
  const text = message.replace(/^The body/, 'The command')
  const faults = extras.members?.faults as RequestFault[] | undefined
  if (code !== 'invalid-parameter' || !name) return new GatewayError(code, text, extras)
  const inBody = faults?.map((fault) => ({ ...fault, in: 'body', pointer: `/${name}/${fault.pointer}` }))
  return new GatewayError('invalid-body', text, { ...extras, members: { ...extras.members, faults: inBody } })
}
