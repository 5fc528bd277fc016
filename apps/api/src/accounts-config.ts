/** The part of the configuration that says how people sign in to the dashboard, and how they are written to. */
import { z } from 'zod'

/** An origin alone: a path would be ignored, which whoever wrote it would not expect. */
const originSchema = z
  .url({ protocol: /^https?$/, abort: true })
  .refine(
    (url) => new URL(url).href === `${new URL(url).origin}/`,
    'must have no path, such as https://radist.example.com',
  )
  .transform((url) => new URL(url).origin)

/** Addresses separated by commas, in lower case. */
const addressesSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((address) => address.trim().toLowerCase())
      .filter((address) => address !== ''),
  )
  .pipe(z.array(z.email()))

const accountsSchema = z.object({
  /** With which sessions' cookies are signed and two-factor secrets encrypted; at least 32 characters. */
  RADIST_AUTH_SECRET: z.string().min(32),
  /** Where people reach the dashboard; the origin of each request unless set. */
  RADIST_DASHBOARD_URL: originSchema.optional(),
  /** E-mail addresses of those who run this installation. */
  RADIST_OPERATOR_EMAILS: addressesSchema.prefault(''),
})

/** One can sign in with GitHub when both are set. */
const gitHubSchema = z
  .object({
    RADIST_GITHUB_CLIENT_ID: z.string().min(1).optional(),
    RADIST_GITHUB_CLIENT_SECRET: z.string().min(1).optional(),
  })
  .superRefine((given, context) => {
    const missing = (['RADIST_GITHUB_CLIENT_ID', 'RADIST_GITHUB_CLIENT_SECRET'] as const).filter(
      (name) => given[name] === undefined,
    )
    if (missing.length === 1)
      context.addIssue({ code: 'custom', path: missing, message: 'must be set, as the other one is' })
  })

const mailSchema = z.preprocess(
  withDefaultProvider,
  z.discriminatedUnion(
    'RADIST_MAIL_PROVIDER',
    [
      z.object({
        RADIST_MAIL_PROVIDER: z.literal('inbox'),
        // Anybody may read it, and the links in it sign people in.
        RADIST_ENVIRONMENT: z.literal('development', 'is for development: set RADIST_MAIL_PROVIDER'),
      }),
      z.object({
        RADIST_MAIL_PROVIDER: z.literal('resend'),
        RADIST_MAIL_API_KEY: given().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
        /** `name@example.com` or `Name <name@example.com>`. */
        RADIST_MAIL_FROM: given().regex(
          /^[^\r\n<>]*<[^@\s<>]+@[^@\s<>]+>$|^[^@\s<>]+@[^@\s<>]+$/,
          'must be an address',
        ),
        /** Another server in Resend's place; Resend itself unless set. */
        RADIST_MAIL_API_BASE_URL: z.url({ protocol: /^https?$/ }).default('https://api.resend.com'),
      }),
    ],
    { error: 'must be resend, or in development inbox' },
  ),
)

export const accountsConfigSchema = accountsSchema.and(gitHubSchema).and(mailSchema)
export type MailConfig = z.infer<typeof mailSchema>
export type ResendConfig = Extract<MailConfig, { RADIST_MAIL_PROVIDER: 'resend' }>

function given() {
  return z.string('must be set, as RADIST_MAIL_PROVIDER asks for it').min(1, 'must not be empty')
}

/** Development needs no account with anybody to send mails. */
function withDefaultProvider(variables: unknown): unknown {
  return typeof variables === 'object' &&
    variables !== null &&
    !Object.hasOwn(variables, 'RADIST_MAIL_PROVIDER') &&
    'RADIST_ENVIRONMENT' in variables &&
    variables.RADIST_ENVIRONMENT === 'development'
    ? { ...variables, RADIST_MAIL_PROVIDER: 'inbox' }
    : variables
}
