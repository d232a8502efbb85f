import { serversAt } from '../openapi/asyncapi.ts'
import { componentSchemas } from './component-schemas.ts'
import type { DocumentedTopic } from './documented-topic.ts'
import type { JsonSchema } from './json-schema.ts'
import type { DocumentedApi } from './topic-openapi.ts'

const ref = (...path: string[]): JsonSchema => ({ $ref: `#/${path.join('/')}` })

/** The events of one topic as AsyncAPI 3.0: as they are in Kafka, and as they are published and followed over HTTP. */
export function topicAsyncapi(documented: DocumentedTopic, { contract: api, http }: DocumentedApi): JsonSchema {
  const { contract, schema, about, published, read, examples } = documented
  const { topic } = contract
  const { http: server } = serversAt(http) as { http: JsonSchema }
  const messages = (name: string): JsonSchema => ({ [name]: ref('components', 'messages', name) })
  return {
    asyncapi: '3.0.0',
    info: {
      title: topic,
      version: schema ? String(schema.ref.version) : '0',
      description: about.join('\n\n'),
      license: { name: api.info.license.name },
    },
    defaultContentType: 'application/json',
    servers: { gateway: server },
    channels: {
      topic: {
        address: topic,
        title: 'The topic in Kafka',
        description:
          'For consumers of Kafka itself: the payload is how a value is read through the gateway; in Kafka it is Avro.',
        messages: messages('stored'),
        bindings: { kafka: { topic, bindingVersion: '0.5.0' } },
      },
      publish: {
        address: `/v1/topics/${topic}/events`,
        title: 'Publishing over HTTP',
        servers: [ref('servers', 'gateway')],
        messages: messages('published'),
      },
      stream: {
        address: `/v1/stream?topics=${topic}`,
        title: 'Following over Server-Sent Events',
        description: 'The data of each event has the value, and where it stands in Kafka.',
        servers: [ref('servers', 'gateway')],
        messages: messages('followed'),
      },
    },
    operations: {
      publish: {
        action: 'receive',
        channel: ref('channels', 'publish'),
        messages: [ref('channels', 'publish', 'messages', 'published')],
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
      follow: {
        action: 'send',
        channel: ref('channels', 'stream'),
        messages: [ref('channels', 'stream', 'messages', 'followed')],
        bindings: { http: { method: 'GET', bindingVersion: '0.3.0' } },
      },
      store: {
        action: 'send',
        channel: ref('channels', 'topic'),
        messages: [ref('channels', 'topic', 'messages', 'stored')],
      },
    },
    components: {
      messages: {
        published: {
          name: 'published',
          title: 'An event as it is published',
          contentType: 'application/json',
          payload: ref('components', 'schemas', 'Event-published'),
          ...(examples.length > 0 && {
            examples: examples.map(({ title, value }) => ({
              ...(title !== undefined && { summary: title }),
              payload: value,
            })),
          }),
        },
        followed: {
          name: 'followed',
          title: 'An event as it is followed',
          contentType: 'application/json',
          payload: ref('components', 'schemas', 'Event-followed'),
        },
        stored: {
          name: 'stored',
          title: 'An event as it is in Kafka',
          contentType: schema ? 'avro/binary' : 'application/json',
          payload: ref('components', 'schemas', 'Event-read'),
          bindings: { kafka: kafkaBinding(documented) },
        },
      },
      schemas: {
        ...componentSchemas(published, 'Event-published', ''),
        ...componentSchemas(read, 'Event-read', 'Read-'),
        'Event-followed': {
          type: 'object',
          required: ['topic', 'partition', 'offset', 'timestamp', 'key', 'headers', 'value'],
          properties: {
            topic: { type: 'string', const: topic },
            partition: { type: 'integer' },
            offset: { type: 'integer' },
            timestamp: { type: 'string' },
            key: { type: ['string', 'object', 'null'] },
            headers: { type: 'object' },
            value: { anyOf: [ref('components', 'schemas', 'Event-read'), { type: 'null' }] },
          },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
      },
    },
  }
}

function kafkaBinding({ schema, contract: { key } }: DocumentedTopic): JsonSchema {
  const description = key ? `The text of the value's ${key.field}.` : 'Whatever the publisher gave, or none.'
  return {
    key: { type: 'string', description },
    ...(schema && {
      schemaIdLocation: 'payload',
      schemaIdPayloadEncoding: 'confluent',
      schemaLookupStrategy: 'TopicIdStrategy',
    }),
    bindingVersion: '0.5.0',
  }
}
