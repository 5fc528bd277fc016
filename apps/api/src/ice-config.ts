/** The part of the configuration that says which STUN and TURN servers peers of calls are told of. */
import { iceServerSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import { isIceUrl, isTurnUrl } from './domain/ice-servers.ts'
import { jsonText } from './json-text.ts'

/** Cloudflare's longest; longer ones would be refused there (developers.cloudflare.com/realtime/turn). */
const MAX_TTL_SECONDS = 172_800
/** Below it, credentials would run out while a call is being set up. */
const MIN_TTL_SECONDS = 300

/** A browser refuses the whole list of servers for one that it cannot read, or that lacks its credentials. */
export const staticServerSchema = iceServerSchema
  .extend({
    urls: z.array(z.string().refine(isIceUrl, 'is no stun:, stuns:, turn: or turns: URL')).min(1),
  })
  .refine(
    ({ urls, username, credential }) => !urls.some(isTurnUrl) || (username && credential),
    'has a turn: URL, but not both username and credential',
  )

/** JSON text of an array of at most 16 RTCIceServers. */
export const iceServersSchema = jsonText.pipe(z.array(staticServerSchema).max(16))

/** A JSON array of URLs, or URLs separated by commas. */
const turnUrlsSchema = given()
  .transform((text): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return text.split(',').map((url) => url.trim())
    }
  })
  .pipe(
    z
      .array(z.string().refine(isTurnUrl, 'is no turn: or turns: URL, such as turn:turn.example.com:3478'))
      .min(1)
      .max(16),
  )

const ttl = {
  /** How long TURN credentials are good, in seconds. They should outlive a call. */
  RADIST_TURN_TTL_SECONDS: z.coerce.number().int().min(MIN_TTL_SECONDS).max(MAX_TTL_SECONDS).default(86_400),
}

/** One provider of TURN, or none; the variables of the others are not looked at. */
export const turnConfigSchema = z.preprocess(
  withDefaultProvider,
  z.discriminatedUnion(
    'RADIST_TURN_PROVIDER',
    [
      z.object({ RADIST_TURN_PROVIDER: z.literal('none') }),
      z.object({
        RADIST_TURN_PROVIDER: z.literal('shared-secret'),
        RADIST_TURN_URLS: turnUrlsSchema,
        /** The `static-auth-secret` of coturn. A short one could be found by trying, given one credential. */
        RADIST_TURN_SECRET: given().min(16),
        ...ttl,
      }),
      z.object({
        RADIST_TURN_PROVIDER: z.literal('cloudflare'),
        CLOUDFLARE_TURN_KEY_ID: given().regex(/^[\w-]+$/, 'must be a key id: letters and digits'),
        CLOUDFLARE_TURN_API_TOKEN: given().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
        /** Another server in Cloudflare's place; Cloudflare itself unless set. */
        CLOUDFLARE_TURN_API_BASE_URL: z
          .url({ protocol: /^https?$/ })
          .default('https://rtc.live.cloudflare.com'),
        ...ttl,
      }),
    ],
    { error: 'must be none, shared-secret or cloudflare' },
  ),
)
export type TurnConfig = z.infer<typeof turnConfigSchema>
export type CloudflareTurnConfig = Extract<TurnConfig, { RADIST_TURN_PROVIDER: 'cloudflare' }>

function given() {
  return z.string('must be set, as RADIST_TURN_PROVIDER asks for it').min(1, 'must not be empty')
}

function withDefaultProvider(variables: unknown): unknown {
  return typeof variables === 'object' &&
    variables !== null &&
    !Object.hasOwn(variables, 'RADIST_TURN_PROVIDER')
    ? { ...variables, RADIST_TURN_PROVIDER: 'none' }
    : variables
}
