/** A project's settings as the form has them, and as the API takes them. */
import { type projectSettingsAnswerSchema, projectSettingsBodySchema } from '@radist-tech/protocol/dashboard'
import type { z } from 'zod'

export type Settings = z.infer<typeof projectSettingsAnswerSchema>
export type SettingsBody = z.input<typeof projectSettingsBodySchema>
type AccessControl = Settings['defaultAccessControl']

/** Text as it was typed. `key` tells rows of the form apart. */
export interface IceServerFields {
  key: number
  urls: string
  username: string
  credential: string
}

export interface SettingsFields {
  /** One on a line. */
  origins: string
  defaultAccessControl: AccessControl
  connectionLimit: string
  iceServers: readonly IceServerFields[]
}

export type SettingsProblems = Partial<Record<'origins' | 'connectionLimit' | 'iceServers', string>>

export const fieldsOf = (settings: Settings): SettingsFields => ({
  origins: settings.allowedOrigins.join('\n'),
  defaultAccessControl: settings.defaultAccessControl,
  connectionLimit: String(settings.connectionLimit),
  iceServers: settings.iceServers.map(({ urls, username = '', credential = '' }, key) => ({
    key,
    urls: urls.join('\n'),
    username,
    credential,
  })),
})

const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** RFC 7064 and RFC 7065: `stun:` and `turn:` addresses, with or without TLS. */
const ICE_URL = /^(stun|stuns|turn|turns):[^\s@/]+$/i

/** What to send, or what is wrong with which field. */
export function bodyOf(
  fields: SettingsFields,
  maxConnectionLimit: number,
): { ok: true; body: SettingsBody } | { ok: false; problems: SettingsProblems } {
  const problems: SettingsProblems = {}
  // As browsers' address bars have them, with a slash at the end.
  const allowedOrigins = wordsIn(fields.origins).map((origin) => origin.replace(/\/$/, ''))
  const { allowedOrigins: origins } = projectSettingsBodySchema.shape
  const wrong = allowedOrigins.filter((origin) => !origins.safeParse([origin]).success)
  if (wrong.length > 0) problems.origins = `Not an origin: ${wrong.join(', ')}. Like https://app.example.`
  else if (!origins.safeParse(allowedOrigins).success) problems.origins = 'At most 100 origins.'

  const connectionLimit = /^\d+$/.test(fields.connectionLimit.trim()) ? Number(fields.connectionLimit) : 0
  if (connectionLimit < 1 || connectionLimit > maxConnectionLimit)
    problems.connectionLimit = `From 1 to ${maxConnectionLimit}, as the plan allows.`

  const iceServers = fields.iceServers.map(({ urls, username, credential }) => ({
    urls: wordsIn(urls),
    ...(username.trim() && { username: username.trim() }),
    ...(credential && { credential }),
  }))
  const badUrl = iceServers.flatMap(({ urls }) => urls).find((url) => !ICE_URL.test(url))
  if (badUrl !== undefined) problems.iceServers = `Not a STUN or TURN address: ${badUrl}.`
  else if (iceServers.some(({ urls }) => urls.length === 0))
    problems.iceServers = 'Each server needs an address.'

  if (Object.keys(problems).length > 0) return { ok: false, problems }
  const { defaultAccessControl } = fields
  return { ok: true, body: { allowedOrigins, defaultAccessControl, connectionLimit, iceServers } }
}
