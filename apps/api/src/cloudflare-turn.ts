/**
 * TURN credentials from Cloudflare's Realtime TURN service
 * (developers.cloudflare.com/realtime/turn/generate-credentials).
 */
import type { IceServer } from '@radist-tech/protocol'
import { z } from 'zod'
import { usableServers } from './domain/ice-servers.ts'
import type { CloudflareTurnConfig } from './ice-config.ts'

/** For both attempts together: a peer waits for this while it joins. */
const TIME_LIMIT_MS = 2000

const answerSchema = z.object({
  iceServers: z
    .array(
      z.object({
        urls: z.union([z.string().transform((url) => [url]), z.array(z.string())]),
        username: z.string().optional(),
        credential: z.string().optional(),
      }),
    )
    .max(16),
})

/** `reason` is fit for a log line: it holds nothing of the request or of the answer but its status. */
export type CloudflareTurnAnswer = { ok: true; iceServers: IceServer[] } | { ok: false; reason: string }

type Attempt = CloudflareTurnAnswer | { ok: false; reason: string; mayPass: true }

/** Asks once, and once more when the first failure may have been a passing one. Never throws. */
export async function fetchTurnServers(config: CloudflareTurnConfig): Promise<CloudflareTurnAnswer> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS)
  const first = await attempt(config, signal)
  if (!('mayPass' in first) || signal.aborted) return first
  return attempt(config, signal)
}

async function attempt(config: CloudflareTurnConfig, signal: AbortSignal): Promise<Attempt> {
  const path = `/v1/turn/keys/${config.CLOUDFLARE_TURN_KEY_ID}/credentials/generate-ice-servers`
  try {
    const response = await fetch(new URL(path, config.CLOUDFLARE_TURN_API_BASE_URL), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${config.CLOUDFLARE_TURN_API_TOKEN}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ttl: config.RADIST_TURN_TTL_SECONDS }),
      // The token is for this server only.
      redirect: 'manual',
      signal,
    })
    const text = await response.text()
    if (response.ok) return readAnswer(text)
    const refused = { ok: false, reason: `status ${response.status}` } as const
    return response.status >= 500 ? { ...refused, mayPass: true } : refused
  } catch {
    return { ok: false, reason: signal.aborted ? 'no answer in time' : 'unreachable', mayPass: true }
  }
}

function readAnswer(text: string): CloudflareTurnAnswer {
  const malformed = { ok: false, reason: 'malformed answer' } as const
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return malformed
  }
  const answer = answerSchema.safeParse(body)
  const iceServers = answer.success ? usableServers(answer.data.iceServers) : null
  return iceServers ? { ok: true, iceServers } : malformed
}
