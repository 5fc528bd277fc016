/** What of the OpenAPI document the reference page and the tests read. */
import { z } from 'zod'

const exampleSchema = z.object({ summary: z.string().optional(), value: z.unknown() })
export type DocumentedExample = z.infer<typeof exampleSchema>

/** A JSON Schema (draft 2020-12), as far as the page shows it. */
export interface JsonSchema {
  [keyword: string]: unknown
  /** Several when the value may be of any of them, such as null. */
  type?: string | string[] | undefined
  description?: string | undefined
  properties?: Record<string, JsonSchema> | undefined
  required?: string[] | undefined
  items?: JsonSchema | false | undefined
  prefixItems?: JsonSchema[] | undefined
  anyOf?: JsonSchema[] | undefined
}
const jsonSchemaSchema: z.ZodType<JsonSchema> = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), jsonSchemaSchema).optional()
  },
  required: z.array(z.string()).optional(),
  get items() {
    return z.union([jsonSchemaSchema, z.literal(false)]).optional()
  },
  get prefixItems() {
    return z.array(jsonSchemaSchema).optional()
  },
  get anyOf() {
    return z.array(jsonSchemaSchema).optional()
  },
})

const examples = z.record(z.string(), exampleSchema).default({})
const contentSchema = z.object({
  'application/json': z.object({ schema: jsonSchemaSchema, examples }),
  'text/csv': z.object({ example: z.string() }).optional(),
})

const parameterSchema = z.object({
  in: z.enum(['path', 'query', 'header']),
  name: z.string(),
  description: z.string(),
  required: z.boolean().default(false),
  schema: jsonSchemaSchema,
  examples,
})
export type DocumentedParameter = z.infer<typeof parameterSchema>

const operationSchema = z.object({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  servers: z.array(z.object({ url: z.string(), description: z.string() })).optional(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: contentSchema.optional() })),
})
export type DocumentedOperation = z.infer<typeof operationSchema>

const methodSchema = z.enum(['post', 'get', 'put', 'delete'])

export const documentSchema = z.object({
  openapi: z.literal('3.1.1'),
  info: z.object({ title: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.partialRecord(methodSchema, operationSchema)),
  components: z.object({
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
  }),
})
export type Document = z.infer<typeof documentSchema>

export interface Endpoint {
  method: z.infer<typeof methodSchema>
  path: string
  operation: DocumentedOperation
}

/** All operations, in the document's order. */
export const endpointsOf = ({ paths }: Document): Endpoint[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    methodSchema.options.flatMap((method) => {
      const operation = operations[method]
      return operation ? [{ method, path, operation }] : []
    }),
  )
