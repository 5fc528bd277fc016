/** One attempt to hand an event to an endpoint: checked, signed, posted, and what came of it. */
import { Webhook } from 'standardwebhooks'
import { lookUp } from './dns-lookup.ts'
import { type AddressRules, isPublicIp, mayReceive, nameOf } from './domain/webhook-address.ts'
import { readRetryAfter } from './domain/webhook-delivery.ts'
import { configOf, type Env } from './env.ts'

/** For the whole attempt, in milliseconds: the look-up of the name, the request and the answer. */
const TIMEOUT_MS = 15_000
/** Of the answer's body, in bytes. */
const KEPT_ANSWER = 1024

export interface SentAttempt {
  /** When it began, in milliseconds since 1970. */
  at: number
  durationMs: number
  /** HTTP status; null when there was no answer. */
  status: number | null
  /** Why there was none; null when there was one. */
  error: string | null
  answer: string
  /** What the answer's `Retry-After` asks for; null without one. */
  retryAfterMs: number | null
}

export interface WebhookTarget {
  url: string
  /** `whsec_…`, each of which signs. */
  secrets: readonly string[]
}

/** Never rejects. What is sent at each attempt of one event differs in its time and signatures alone. */
export async function sendWebhook(
  env: Env,
  { url, secrets }: WebhookTarget,
  { id, body }: { id: string; body: string },
): Promise<SentAttempt> {
  const at = Date.now()
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const failed = (error: string): SentAttempt => ({
    at,
    durationMs: Date.now() - at,
    status: null,
    error,
    answer: '',
    retryAfterMs: null,
  })
  try {
    const fault = await addressFault(env, url, signal)
    if (fault !== null) return failed(fault.message)
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Radist-Webhooks/1',
        ...signatureHeaders(secrets, id, body, new Date(at)),
      },
      body,
      // One that leads elsewhere would get round the check of the address.
      redirect: 'manual',
      signal,
    })
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), Date.now())
    const answer = await beginningOf(response)
    return { at, durationMs: Date.now() - at, status: response.status, error: null, answer, retryAfterMs }
  } catch {
    return failed(signal.aborted ? `No answer within ${TIMEOUT_MS / 1000} s.` : 'The connection failed.')
  }
}

/** Why nothing may be sent to an address. */
export interface AddressFault {
  kind: 'private' | 'unknown-name'
  message: string
}

const isPrivate = { kind: 'private', message: 'The address is not one of the public internet.' } as const
const isUnknown = { kind: 'unknown-name', message: 'The name does not resolve to an address.' } as const

/** Null: something may be sent there. Rejects when the name cannot be looked up. */
export async function addressFault(env: Env, url: string, signal: AbortSignal): Promise<AddressFault | null> {
  const rules: AddressRules = configOf(env).RADIST_ENVIRONMENT === 'production' ? 'public-only' : 'any'
  if (!mayReceive(url, rules)) return isPrivate
  const name = nameOf(url)
  if (rules === 'any' || name === null) return null
  const addresses = await lookUp(env, name, signal)
  if (addresses.length === 0) return isUnknown
  return addresses.every(isPublicIp) ? null : isPrivate
}

/** Standard Webhooks 1.0: one signature for each secret, separated by spaces. */
function signatureHeaders(secrets: readonly string[], id: string, body: string, at: Date) {
  return {
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}

/** Whatever becomes of the rest: a status that has come stands. */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return ''
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  let left = KEPT_ANSWER
  try {
    while (left > 0) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value.subarray(0, left), { stream: true })
      left -= value.length
    }
    await reader.cancel()
  } catch {
    // It broke off, or took too long.
  }
  return text
}
