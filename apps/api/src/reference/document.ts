/** The HTTP API as an OpenAPI 3.1 document, made from its operations. */
import { type ApiErrorCode, apiErrors } from '@radist-tech/protocol'
import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiMediaTypeObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { billingOperations } from './billing-operations.ts'
import { callOperations } from './call-operations.ts'
import { meterOperations } from './meter-operations.ts'
import { type ExampleRequest, type Operation, type Parameter, type Refusals, tags } from './operation.ts'
import { roomOperations } from './room-operations.ts'
import { serviceOperations } from './service-operations.ts'
import { signalingOperations } from './signaling-operations.ts'
import { usageOperations } from './usage-operations.ts'

const operations = [
  ...callOperations,
  ...roomOperations,
  ...billingOperations,
  ...meterOperations,
  ...usageOperations,
  ...signalingOperations,
  ...serviceOperations,
]

type Examples = NonNullable<ZodOpenApiMediaTypeObject['examples']>

const JSON_BODY = 'application/json'

const description = `Calls between two peers, and rooms for many, for your own product.

**Your backend** uses the secret key (\`rad_sk_…\`), which never leaves it. **Browsers** use the public key
(\`rad_pk_…\`) and a token (\`ct_…\`), which lets one person in, once.

Bodies are JSON, whatever the \`Content-Type\` says. Every refusal is \`{ "error", "code" }\`: \`code\` is stable,
\`error\` is for people. A path that does not exist answers 404 \`not_found\`; a method that a path does not have
answers 405 \`method_not_allowed\`, and \`Allow\` lists those that it has. Answers may gain fields.`

export function openApiDocument() {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) }
  return createDocument(
    {
      openapi: '3.1.1',
      info: { title: 'Radist API', version: '1', summary: 'Calls and rooms over WebRTC.', description },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        securitySchemes: {
          secretKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'A secret key of the project, `rad_sk_…`. For backends only.',
          },
          publicKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'A public key of the project, `rad_pk_…`. For browsers.',
          },
        },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        // A client that checks answers must not stumble over fields that later versions add.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties
        // Of uuids, times and addresses the format says it already; of numbers, their bounds.
        if (jsonSchema.format !== undefined || jsonSchema.type === 'integer') delete jsonSchema.pattern
      },
    },
  )
}

function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, caller, server, parameters, body } = operation
  const requests = requestsOf(operation)
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...(server && { servers: [{ ...server, variables: { host: { default: 'sfu-1.example.com' } } }] }),
    security: caller === 'anyone' ? [] : [{ [caller === 'backend' ? 'secretKey' : 'publicKey']: [] }],
    parameters: parameters.map((parameter) => parameterSchema(parameter, requests)),
    ...(body && {
      requestBody: {
        required: body.required,
        content: { [JSON_BODY]: { schema: body.schema, examples: bodyExamples(requests) } },
      },
    }),
    responses: responses(operation),
  }
}

/** What each example sends, by the example's name: that of a refusal is its code. */
function requestsOf({ success, refusals }: Operation): [string, ExampleRequest & { summary: string }][] {
  const accepted = Object.entries(success.examples).map(
    ([name, { summary, request }]) => [name, { ...request, summary }] as const,
  )
  const refused = entriesOf(refusals).map(
    ([code, { when, request }]) => [code, { ...request, summary: `Refused: ${when}` }] as const,
  )
  return [...accepted, ...refused].map(([name, request]) => [name, request])
}

function parameterSchema(
  { in: place, name, description, schema, example }: Parameter,
  requests: ReturnType<typeof requestsOf>,
): z.ZodType {
  const examples: Examples = example === undefined ? {} : { default: { value: example } }
  for (const [key, { summary, parameters }] of requests)
    if (parameters?.[name] !== undefined) examples[key] = { summary, value: parameters[name] }
  return (example === undefined ? schema.optional() : schema).meta({
    param: { in: place, name, description, ...(Object.keys(examples).length > 0 && { examples }) },
  })
}

const bodyExamples = (requests: ReturnType<typeof requestsOf>): Examples =>
  Object.fromEntries(
    requests.flatMap(([name, { summary, body }]) =>
      body === undefined ? [] : [[name, { summary, value: body }]],
    ),
  )

function responses({ success, refusals }: Operation): ZodOpenApiResponsesObject {
  const { status, description, schema, csv, examples } = success
  const answers = Object.entries(examples).map(([name, { summary, answer }]) => [
    name,
    { summary, value: answer },
  ])
  const byStatus = Map.groupBy(entriesOf(refusals), ([code]) => apiErrors[code].status)
  return {
    [`${status}`]: {
      description,
      ...(schema && {
        content: {
          [JSON_BODY]: { schema, examples: Object.fromEntries(answers) },
          ...(csv !== undefined && { 'text/csv': { schema: { type: 'string' as const }, example: csv } }),
        },
      }),
    },
    ...Object.fromEntries([...byStatus].map(([status, refused]) => [`${status}`, refusal(refused)])),
  }
}

function refusal(refused: ReturnType<typeof entriesOf>) {
  const codes = refused.map(([code]) => code)
  return {
    description: refused.map(([code, { when }]) => `\`${code}\`: ${when}`).join('\n\n'),
    ...(codes.includes('too_many_requests') && {
      headers: z.object({
        'Retry-After': z.int().min(1).optional().meta({
          description: 'Seconds to wait, when too many refused requests came from this address.',
        }),
      }),
    }),
    content: {
      [JSON_BODY]: {
        schema: z.object({ error: z.string(), code: z.enum(codes) }),
        examples: Object.fromEntries(
          refused.map(([code, { when }]) => [
            code,
            { summary: when, value: { error: apiErrors[code].error, code } },
          ]),
        ),
      },
    },
  }
}

const entriesOf = (refusals: Refusals) =>
  Object.entries(refusals) as [ApiErrorCode, NonNullable<Refusals[ApiErrorCode]>][]
