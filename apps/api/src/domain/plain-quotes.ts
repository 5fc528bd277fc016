/**
 * A cheaper question than a schema's own: whether a value is of the schema as it stands, with nothing
 * to strip or to change. Zod compiles its schemas where it may make code from text, which it may not in
 * workerd; there it walks them for each value, which costs several such checks.
 */
import { z } from 'zod'

/**
 * The quotation marks around a value's names and texts, of those members that its schema knows: null where the
 * schema would refuse or change one of them. A JSON text with just as many has no others, and each once.
 */
type PlainQuotes = (value: unknown) => number | null

/** What is not known here is left to the schema itself. */
export function plainQuotes(schema: z.core.$ZodType): PlainQuotes {
  if (schema._zod.def.checks?.length) return parsesToItself(schema)
  if (schema instanceof z.ZodLiteral) {
    const values: ReadonlySet<unknown> = schema.values
    return (value) => (values.has(value) ? quotesAround(value) : null)
  }
  if (schema instanceof z.ZodString) return (value) => (typeof value === 'string' ? 2 : null)
  if (schema instanceof z.ZodNumberFormat && schema.format === 'safeint')
    return (value) => (Number.isSafeInteger(value) ? 0 : null)
  if (schema instanceof z.ZodNullable) {
    const inner = plainQuotes(schema.def.innerType)
    return (value) => (value === null ? 0 : inner(value))
  }
  if (schema instanceof z.ZodOptional) {
    const inner = plainQuotes(schema.def.innerType)
    return (value) => (value === undefined ? 0 : inner(value))
  }
  return schema instanceof z.ZodObject ? quotesOfMembers(schema.shape) : parsesToItself(schema)
}

const quotesAround = (scalar: unknown): number => (typeof scalar === 'string' ? 2 : 0)

const parsesToItself =
  (schema: z.core.$ZodType): PlainQuotes =>
  (value) => {
    if (typeof value === 'object' && value !== null) return null
    const parsed = z.safeParse(schema, value)
    return parsed.success && Object.is(parsed.data, value) ? quotesAround(value) : null
  }

/** Asks for the names that it knows: to list those that are there costs as much as all else. */
function quotesOfMembers(shape: Record<string, z.core.$ZodType>): PlainQuotes {
  const members = Object.entries(shape).map(([name, schema]) => ({ name, quotesOf: plainQuotes(schema) }))
  return (value) => {
    if (!isRecord(value)) return null
    let count = 0
    for (const { name, quotesOf } of members) {
      const member = value[name]
      const quotes = quotesOf(member)
      if (quotes === null) return null
      if (member !== undefined) count += 2 + quotes
    }
    return count
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
