/**
 * Origins of web pages (RFC 6454) that a project lets use its public keys.
 *
 * They are compared as browsers write them: lower case, hosts in ASCII, the scheme's own port left
 * out. An entry is brought into that form; anything that is more or less than an origin is refused, and so is
 * `*`, which would match no page.
 */
import { z } from 'zod'

const originSchema = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^\s/?#@\\*]+$/i)
  .transform((text, context) => {
    if (URL.canParse(text)) return new URL(text).origin
    context.addIssue({ code: 'custom', message: 'is not an origin' })
    return z.NEVER
  })

/** At most 100 origins, `http` or `https`, such as `https://app.example:8443`. None: all are allowed. */
export const allowedOriginsSchema = z.array(originSchema).max(100)
