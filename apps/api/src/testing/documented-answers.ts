/** Holds each answer that a test sees against the API's reference: what is not documented must not be answered. */
import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import { openApiDocument } from '../reference/document.ts'
import { documentSchema, type Endpoint, endpointsOf } from '../reference/document-shape.ts'

const endpoints = endpointsOf(documentSchema.parse(openApiDocument())).map((endpoint) => ({
  ...endpoint,
  pattern: new RegExp(`^${endpoint.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}))
const validators = new Map<object, Validator>()

/** @throws when the answer has a status, a code or a field that the reference does not give it. */
export async function checkDocumented(method: string, path: string, answer: Response): Promise<void> {
  const pathname = path.replace(/[?#].*$/, '')
  const ofPath = endpoints.filter(({ pattern }) => pattern.test(pathname))
  if (ofPath.length === 0) return
  const name = `${method} ${pathname} ${answer.status}`
  const endpoint = ofPath.find((one) => one.method === (method === 'HEAD' ? 'get' : method.toLowerCase()))
  // 403: a page's secret key is refused before the method is looked at.
  const isRefused = (method === 'OPTIONS' ? [204] : [403, 405]).includes(answer.status)
  if (isRefused && !endpoint) return
  if (!endpoint) throw new Error(`${name}: no such operation is documented`)
  const documented = endpoint.operation.responses[answer.status]
  if (!documented) throw new Error(`${name}: no such status is documented`)
  const json = documented.content?.['application/json']
  if (!json || method === 'HEAD') return
  const type = answer.headers.get('content-type')
  if (type?.startsWith('text/csv') && documented.content?.['text/csv']) return
  if (type !== 'application/json') throw new Error(`${name}: ${type} is no JSON`)
  const { errors } = validatorOf(json.schema).validate(await answer.clone().json())
  if (errors.length > 0) throw new Error(`${name}: ${describeFaults(endpoint, errors)}`)
}

function validatorOf(schema: object): Validator {
  const known = validators.get(schema)
  if (known) return known
  const validator = new Validator(closed(schema), '2020-12', false)
  validators.set(schema, validator)
  return validator
}

/** Later versions may answer more; this version answers what is documented. */
const closed = (schema: object): Schema =>
  JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    isObjectSchema(value) ? { ...value, additionalProperties: false } : value,
  )

const isObjectSchema = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'properties' in value && !('additionalProperties' in value)

const describeFaults = ({ operation }: Endpoint, errors: OutputUnit[]): string =>
  `not as ${operation.operationId} is documented: ${errors.map((unit) => `${unit.instanceLocation} ${unit.error}`).join(' ')}`
