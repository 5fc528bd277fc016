/**
 * A request's parameters: form notation in, checked values out, faults as Stripe words them.
 *
 * Stripe reads bodies and query strings as forms with brackets for nesting
 * (docs.stripe.com/api: "The API accepts form-encoded request bodies").
 */
import { parse } from 'qs'
import { z } from 'zod'
import { StripeError } from './stripe-error.ts'

/** Stripe's own objects nest three deep in what this sandbox takes; more is a mistake or an attack. */
const MAX_DEPTH = 4

/** The query string's parameters. */
export function parseQuery(url: string): unknown {
  return parseForm(new URL(url).search.slice(1))
}

/** Reads a form. Plain objects without a prototype, so that a key such as `constructor` is only a key. */
export function parseForm(text: string): unknown {
  return parse(text, { depth: MAX_DEPTH, plainObjects: true, parameterLimit: 1000, arrayLimit: 100 })
}

/** An integer as forms carry it: decimal digits. */
export const formInteger = z
  .string()
  .regex(/^-?\d{1,15}$/, { error: (issue) => `Invalid integer: ${String(issue.input)}` })
  .transform(Number)

/** A yes or no as forms carry it. */
export const formBoolean = z.enum(['true', 'false']).transform((text) => text === 'true')

/** Stripe: an empty string unsets a value. */
export function emptyToNull<Value>(value: Value | ''): Value | null {
  return value === '' ? null : value
}

/** A text that an empty string unsets. */
export const unsettableText = z.string().max(5000).transform(emptyToNull)

/** Only the web's own schemes: the address becomes a link, or is called. */
export const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(5000)

const metadataEntries = z.record(z.string().max(40), z.string().max(500))
export const metadata = z.union([z.literal(''), metadataEntries]).optional()

/** Stripe: "Individual keys can be unset by posting an empty value", all of them by an empty `metadata`. */
export function mergedMetadata(
  current: Record<string, string>,
  given: Record<string, string> | '' | undefined,
): Record<string, string> {
  if (given === undefined) return current
  if (given === '') return {}
  return Object.fromEntries(Object.entries({ ...current, ...given }).filter(([, value]) => value !== ''))
}

/** Without the fields that were not given, which would overwrite others with nothing. */
export function definedOf(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** A list of fields to expand, which `expansion.ts` does to the answer. */
export const expand = z.array(z.string()).optional()

export const noParameters = z.strictObject({ expand })

/**
 * Checks parameters.
 *
 * @throws StripeError 400 that names the first parameter at fault.
 */
export function checkParameters<Schema extends z.ZodType>(
  schema: Schema,
  parameters: unknown,
): z.output<Schema> {
  const result = schema.safeParse(parameters)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw parameterError(issue, parameters)
}

function parameterError(issue: z.core.$ZodIssue | undefined, parameters: unknown): StripeError {
  if (!issue) return invalid('Invalid request.')
  const param = formNotation(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const unknown = formNotation([...issue.path, issue.keys[0] ?? ''])
    return invalid(`Received unknown parameter: ${unknown}`, 'parameter_unknown', unknown)
  }
  if (valueAt(parameters, issue.path) === undefined) {
    return invalid(`Missing required param: ${param}.`, 'parameter_missing', param)
  }
  switch (issue.code) {
    case 'invalid_value':
      return invalid(`Invalid ${param}: must be ${issue.values.join(' or ')}`, undefined, param)
    case 'invalid_format':
      return invalid(issue.message, 'parameter_invalid_integer', param)
    case 'too_big':
      return invalid(`Invalid ${param}: must be at most ${issue.maximum}`, undefined, param)
    case 'too_small':
      return issue.origin === 'string'
        ? invalid(`You passed an empty string for '${param}'.`, 'parameter_invalid_empty', param)
        : invalid(`Invalid ${param}: must be at least ${issue.minimum}`, undefined, param)
    default:
      return invalid(`Invalid ${param}: ${issue.message}`, undefined, param)
  }
}

function invalid(message: string, code?: string, param?: string): StripeError {
  return new StripeError({
    status: 400,
    message,
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
    refusedBy: 'validation',
  })
}

/** `['payload', 'value']` → `payload[value]`. */
function formNotation(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path.map(String)
  return (first ?? '') + rest.map((part) => `[${part}]`).join('')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Reflect.get(current, key)
  }
  return current
}
