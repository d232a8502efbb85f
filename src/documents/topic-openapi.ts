import { deprecationOf } from '../contracts/deprecation.ts'
import { type ProblemCode, problemOf } from '../errors/problems.ts'
import type { PublicPlace } from '../openapi/asyncapi.ts'
import type { ApiContract, OperationId, OperationSpec } from '../openapi/contract.ts'
import { reachedFrom, referencesIn } from '../openapi/reached-schemas.ts'
import { componentSchemas } from './component-schemas.ts'
import type { DocumentedTopic } from './documented-topic.ts'
import type { JsonSchema } from './json-schema.ts'

export interface DocumentedApi {
  contract: ApiContract
  http: PublicPlace
}

// No name of Avro has a hyphen: these can be no record's.
const ofGateway = 'Headgate-'
const ofRead = 'Read-'
const publishedName = 'Event-published'
const readName = 'Event-read'
const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

const publishProblems: readonly ProblemCode[] = [
  'malformed-json',
  'invalid-parameter',
  'invalid-body',
  'token-missing',
  'token-invalid',
  'key-invalid',
  'scope-missing',
  'topic-not-found',
  'request-timeout',
  'event-too-large',
  'body-too-large',
  'unsupported-media-type',
  'event-refused',
  'schema-version-not-allowed',
  'quota-exceeded',
  'headers-too-large',
  'internal',
  'kafka-unavailable',
  'registry-unavailable',
  'gateway-full',
  'outcome-unknown',
]
const readProblems: readonly ProblemCode[] = [
  'invalid-parameter',
  'invalid-cursor',
  'token-missing',
  'token-invalid',
  'key-invalid',
  'scope-missing',
  'topic-not-found',
  'not-acceptable',
  'cursor-expired',
  'topic-recreated',
  'quota-exceeded',
  'headers-too-large',
  'internal',
  'kafka-unavailable',
]

/** What may be done with one topic, as OpenAPI 3.1: publishing one and several events, and reading. */
export function topicOpenapi(documented: DocumentedTopic, { contract: api, http }: DocumentedApi): JsonSchema {
  const { contract, schema, about } = documented
  const operations = pathsOf(documented, api)
  return {
    openapi: '3.1.0',
    info: {
      title: contract.topic,
      version: schema ? String(schema.ref.version) : '0',
      description: about.join('\n\n'),
      license: api.info.license,
    },
    servers: [{ url: http.publicUrl ?? '/' }],
    security: [{ bearer: [] }],
    tags: [{ name: contract.topic }],
    paths: operations,
    components: {
      schemas: { ...gatewaySchemas(api, operations), ...eventSchemas(documented) },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token or an API key, with the scope `publish` or `read`.',
        },
      },
    },
  }
}

function pathsOf(documented: DocumentedTopic, api: ApiContract): JsonSchema {
  const { contract, examples } = documented
  const path = `/v1/topics/${contract.topic}/events`
  const problems = problemsOf(documented)
  const { deprecation } = contract
  const isDeprecated = deprecation && deprecationOf(deprecation, documented.schema?.ref.version ?? null) !== undefined
  const shared = { tags: [contract.topic], ...(isDeprecated && { deprecated: true }) }
  const shown = Object.fromEntries(
    examples.map(({ title, value }, index) => [
      `example${index + 1}`,
      { ...(title !== undefined && { summary: title }), value },
    ]),
  )
  const firstEvent = examples[0] && { events: [{ value: examples[0].value }] }
  return {
    [path]: {
      post: {
        ...shared,
        operationId: 'publish',
        summary: 'Publish one event',
        description: keyRule(documented),
        parameters: parametersOf(documented, operationOf(api, 'publishEvent'), keyParameters(documented)),
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { anyOf: [refTo(publishedName), { type: 'null', description: 'A tombstone. It needs a key.' }] },
              ...(examples.length > 0 && { examples: shown }),
            },
          },
        },
        responses: answersOf(operationOf(api, 'publishEvent'), [201], problems),
      },
      get: {
        tags: [contract.topic],
        operationId: 'read',
        summary: 'Read events by cursor',
        parameters: parametersOf(documented, operationOf(api, 'readEvents'), readParameters),
        responses: typedRead(answersOf(operationOf(api, 'readEvents'), [200], readProblems)),
      },
    },
    [`${path}/batch`]: {
      post: {
        ...shared,
        operationId: 'publishBatch',
        summary: 'Publish several events',
        parameters: parametersOf(documented, operationOf(api, 'publishBatch'), batchParameters),
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: batchSchema,
              ...(firstEvent && { examples: { one: { value: firstEvent } } }),
            },
          },
        },
        responses: answersOf(operationOf(api, 'publishBatch'), [201, 207], problems),
      },
    },
  }
}

const batchSchema: JsonSchema = {
  allOf: [
    refTo(`${ofGateway}Batch`),
    {
      type: 'object',
      properties: {
        events: {
          type: 'array',
          items: { type: 'object', properties: { value: { anyOf: [refTo(publishedName), { type: 'null' }] } } },
        },
      },
    },
  ],
}

const batchParameters = [
  'Event-Schema-Version',
  'schemaVersion',
  'Prefer',
  'traceparent',
  'tracestate',
  'Content-Encoding',
]
const readParameters = ['cursor', 'from', 'limit', 'wait', 'partition', 'filter', 'fields', 'longs']
const keyParameters = ({ contract }: DocumentedTopic): string[] => [
  ...(contract.key ? [] : ['Event-Key', 'key']),
  ...['Event-Headers', 'partition', 'timestamp'],
  ...batchParameters,
]

function parametersOf({ contract }: DocumentedTopic, operation: OperationSpec, names: readonly string[]): unknown[] {
  const isRange = typeof contract.subject.version === 'object'
  return operation.parameters.filter(
    ({ name }) => names.includes(name) && (isRange || !['Event-Schema-Version', 'schemaVersion'].includes(name)),
  )
}

function keyRule({ contract: { key } }: DocumentedTopic): string {
  if (key)
    return `The key of the event is what it has at ${key.field}: a text or an integer. A tombstone brings its key in \`Event-Key\`.`
  return 'The event may bring a key, in `Event-Key` or `?key=`.'
}

function problemsOf({ contract, schema }: DocumentedTopic): ProblemCode[] {
  return [
    ...publishProblems,
    ...(schema || contract.schemaless ? [] : (['schema-not-found'] as const)),
    ...(contract.deprecation?.refuseAfterSunset ? (['sunset-passed'] as const) : []),
  ]
}

/** The operation's own answers of these statuses, and those of the problems. */
function answersOf(
  { answers }: OperationSpec,
  statuses: readonly number[],
  problems: readonly ProblemCode[],
): JsonSchema {
  const good = statuses.map((status): [string, JsonSchema] => [
    String(status),
    {
      description: 'Done; the body says what came of it.',
      content: { 'application/json': { schema: ours(answers[status]?.['application/json']) } },
    },
  ])
  const byStatus = Map.groupBy(problems, (code) => problemOf(code).status)
  const bad = [...byStatus].map(([status, codes]): [string, JsonSchema] => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${problemOf(code).title}.`).join(' '),
      content: { 'application/problem+json': { schema: refTo(`${ofGateway}Problem`) } },
    },
  ])
  return Object.fromEntries([...good, ...bad])
}

function typedRead(answers: JsonSchema): JsonSchema {
  const page = {
    allOf: [
      refTo(`${ofGateway}EventPage`),
      {
        type: 'object',
        properties: {
          events: {
            type: 'array',
            items: { type: 'object', properties: { value: { anyOf: [refTo(readName), { type: 'null' }] } } },
          },
        },
      },
    ],
  }
  return {
    ...answers,
    200: { description: 'Events, and where to go on.', content: { 'application/json': { schema: page } } },
  }
}

function eventSchemas({ published, read }: DocumentedTopic): Record<string, JsonSchema> {
  return { ...componentSchemas(published, publishedName, ''), ...componentSchemas(read, readName, ofRead) }
}

/** The gateway's schemas that are referred to, under names of their own. */
function gatewaySchemas(api: ApiContract, operations: JsonSchema): Record<string, JsonSchema> {
  const names = referencesIn(operations)
    .filter((name) => name.startsWith(ofGateway))
    .map((name) => name.slice(ofGateway.length))
  const reached = Object.entries(reachedFrom(api, names))
  return Object.fromEntries(reached.map(([name, schema]) => [ofGateway + name, ours(schema) as JsonSchema]))
}

const ours = (part: unknown): unknown =>
  JSON.parse(
    JSON.stringify(part).replaceAll('"$ref":"#/components/schemas/', `"$ref":"#/components/schemas/${ofGateway}`),
  )

function operationOf({ operations }: ApiContract, id: OperationId): OperationSpec {
  const operation = operations.get(id)
  if (!operation) throw new Error(`openapi.yaml has no operation ${id}`)
  return operation
}
