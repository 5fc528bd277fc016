/**
 * A cheaper question than a schema's own: whether a value is of the schema as it stands, with nothing
 * to strip or to change. Zod compiles its schemas where it may make code from text, which it may not in
 * workerd; there it walks them for each value, which costs several such checks.
 */
import { z } from 'zod'

type Check = (value: unknown) => boolean

/** True only where parsing would succeed and answer an equal value. Any other value is to be parsed. */
export function plainCheck<S extends z.ZodType>(schema: S): (value: unknown) => value is z.output<S> {
  const check = checkOf(schema)
  return (value): value is z.output<S> => check(value)
}

/** What is not known here is left to the schema itself. */
function checkOf(schema: z.core.$ZodType): Check {
  if (schema._zod.def.checks?.length) return parsesToItself(schema)
  if (schema instanceof z.ZodLiteral) {
    const values: ReadonlySet<unknown> = schema.values
    return (value) => values.has(value)
  }
  if (schema instanceof z.ZodString) return (value) => typeof value === 'string'
  if (schema instanceof z.ZodNumberFormat && schema.format === 'safeint') return Number.isSafeInteger
  if (schema instanceof z.ZodNullable) {
    const inner = checkOf(schema.def.innerType)
    return (value) => value === null || inner(value)
  }
  if (schema instanceof z.ZodOptional) {
    const inner = checkOf(schema.def.innerType)
    return (value) => value === undefined || inner(value)
  }
  return schema instanceof z.ZodObject ? objectCheck(schema.shape) : parsesToItself(schema)
}

const parsesToItself =
  (schema: z.core.$ZodType): Check =>
  (value) => {
    const parsed = z.safeParse(schema, value)
    return parsed.success && Object.is(parsed.data, value)
  }

function objectCheck(shape: Record<string, z.core.$ZodType>): Check {
  const members = new Map(Object.entries(shape).map(([key, member]) => [key, checkOf(member)]))
  const required = Object.keys(shape).filter((key) => !members.get(key)?.(undefined))
  return (value) => {
    if (!isRecord(value)) return false
    // `Object.entries` costs as much as all the checks; what JSON brings inherits nothing that is listed.
    for (const key in value) if (!members.get(key)?.(value[key])) return false
    return required.every((key) => Object.hasOwn(value, key))
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
