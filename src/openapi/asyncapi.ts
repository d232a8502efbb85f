import type { ApiContract, ParameterSpec, Schema } from './contract.ts'
import { reachedFrom } from './reached-schemas.ts'

interface Variant {
  /** Of the component. */
  name: string
  /** Its first required member, which names its kind. */
  kind: string
  schema: Schema
}

/** How the gateway is reached, of `http` in the configuration. */
export interface PublicPlace {
  publicUrl?: string | undefined
  tls: { certFile?: string | undefined }
}

const references = '#/components/schemas/'
const refTo = (...path: string[]): Schema => ({ $ref: `#/${path.join('/')}` })

/** The streams of openapi.yaml as an AsyncAPI 3.0 document: what goes over them, each way, in each form. */
export function asyncapiDocument(contract: ApiContract, http: PublicPlace): Schema {
  const operation = contract.operations.get('readStream')
  if (!operation) throw new Error('openapi.yaml has no operation readStream')
  const { path: address, parameters } = operation
  const [messages, commands, replies] = ['StreamMessage', 'StreamCommand', 'StreamReply'].map((name) =>
    variantsOf(contract, name),
  ) as [Variant[], Variant[], Variant[]]
  const query = parametersIn('query', parameters)
  const ofHttp = { http: { method: 'GET', query, bindingVersion: '0.3.0' } }

  return {
    asyncapi: '3.0.0',
    info: {
      title: `${contract.info.title}: streams`,
      version: contract.info.version,
      license: { name: contract.info.license.name },
      description: 'Topics followed live. Made of `/openapi.yaml`, which has parameters and answers.',
    },
    defaultContentType: 'application/json',
    servers: serversAt(http),
    channels: {
      eventStream: {
        address,
        title: 'Server-Sent Events',
        description: 'With `Accept: text/event-stream`. The cursor is the `id:` of each event.',
        servers: [refTo('servers', 'http')],
        messages: Object.fromEntries(messages.map((message) => [message.name, serverSentEvent(message)])),
      },
      lines: {
        address,
        title: 'NDJSON',
        description: 'With `Accept: application/x-ndjson`: a message a line.',
        servers: [refTo('servers', 'http')],
        messages: messageRefs(messages),
      },
      webSocket: {
        address,
        title: 'WebSocket',
        description: 'A message a text frame; commands of the client, and replies to them.',
        servers: [refTo('servers', 'webSocket')],
        messages: messageRefs([...messages, ...commands, ...replies]),
        bindings: { ws: { method: 'GET', query, bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      sendEventStream: sending('eventStream', messages, ofHttp),
      sendLines: sending('lines', messages, ofHttp),
      sendWebSocket: sending('webSocket', messages),
      ...Object.fromEntries(commands.map((command) => [`receive${command.name}`, receiving(command, replies)])),
    },
    components: {
      messages: Object.fromEntries([...messages, ...commands, ...replies].map((each) => [each.name, messageOf(each)])),
      schemas: reachedFrom(contract, ['StreamMessage', 'StreamCommand', 'StreamReply']),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: contract.components.securitySchemes.oauth2?.description,
        },
      },
    },
  }
}

export function serversAt({ publicUrl, tls }: PublicPlace): Schema {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  const isSecure = url ? url.protocol === 'https:' : tls.certFile !== undefined
  const secure = isSecure ? 's' : ''
  const place = url
    ? { host: url.host, ...(url.pathname !== '/' && { pathname: url.pathname }) }
    : { host: '{host}', variables: { host: { default: '127.0.0.1:8080' } } }
  const security = [refTo('components', 'securitySchemes', 'bearer')]
  return {
    http: { ...place, protocol: `http${secure}`, security },
    webSocket: { ...place, protocol: `ws${secure}`, security },
  }
}

function variantsOf({ components }: ApiContract, name: string): Variant[] {
  const { oneOf } = components.schemas[name] as { oneOf: { $ref: string }[] }
  return oneOf.map(({ $ref }) => {
    const variant = $ref.slice(references.length)
    const schema = components.schemas[variant] as Schema & { required: string[] }
    return { name: variant, kind: schema.required[0] as string, schema }
  })
}

const messageOf = ({ name, kind, schema }: Variant): Schema => ({
  name: kind,
  title: name,
  ...(schema.description !== undefined && { summary: schema.description }),
  contentType: 'application/json',
  payload: refTo('components', 'schemas', name),
})

const messageRefs = (variants: readonly Variant[]): Schema =>
  Object.fromEntries(variants.map(({ name }) => [name, refTo('components', 'messages', name)]))

/** The kind is the event's name, the content its data, the cursor its id. */
function serverSentEvent({ name, kind, schema }: Variant): Schema {
  const { [kind]: content } = schema.properties as Record<string, Schema>
  const id = refTo('components', 'schemas', 'StreamCursor')
  const message = { name: kind, title: name, contentType: 'application/json' }
  // Neither has a name of its own: the one as it is the default, the other as it fires nothing.
  if (kind === 'heartbeat') return { ...message, summary: 'An id alone.', headers: objectOf({ id }) }
  if (kind === 'event') return { ...message, headers: objectOf({ id }), payload: content }
  return { ...message, headers: objectOf({ event: { type: 'string', const: kind }, id }), payload: content }
}

const objectOf = (properties: Schema): Schema => ({ type: 'object', required: Object.keys(properties), properties })

const sending = (channel: string, messages: readonly Variant[], bindings?: Schema): Schema => ({
  action: 'send',
  channel: refTo('channels', channel),
  messages: messages.map(({ name }) => refTo('channels', channel, 'messages', name)),
  ...(bindings && { bindings }),
})

const receiving = ({ name }: Variant, replies: readonly Variant[]): Schema => ({
  action: 'receive',
  channel: refTo('channels', 'webSocket'),
  messages: [refTo('channels', 'webSocket', 'messages', name)],
  reply: {
    channel: refTo('channels', 'webSocket'),
    messages: replies.map((reply) => refTo('channels', 'webSocket', 'messages', reply.name)),
  },
})

function parametersIn(place: ParameterSpec['in'], parameters: readonly ParameterSpec[]): Schema {
  const described = parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, schema, ...rest }) => [
      name,
      { ...schema, ...('description' in rest && { description: rest.description }) },
    ])
  return { type: 'object', properties: Object.fromEntries(described), additionalProperties: false }
}
