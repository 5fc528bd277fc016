/** For SFU hosts: enrolment, heartbeats and usage. Paths and bodies are those of the protocol's `host-api`. */
import {
  DEFAULT_REGION,
  enrolBodySchema,
  type HeartbeatAnswer,
  heartbeatBodySchema,
  hostIdOf,
  readUnverifiedIssuer,
  SIGNATURE_HEADER,
  type UsageAnswer,
  type UsageRecord,
  usageBodySchema,
} from '@radist-tech/protocol'
import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import { bearerToken } from '../bearer.ts'
import { readBytes } from '../bounded-body.ts'
import { configOf, type Env } from '../env.ts'
import { checkSignature, parseBody, readHostRequest } from '../host-authentication.ts'

const MAX_REPORT_BYTES = 16_384
/** 500 records of some 300 bytes, and room to grow. */
const MAX_USAGE_BYTES = 262_144

export const sfuHosts = new Hono<{ Bindings: Env }>()

sfuHosts.post('/hosts', async (c) => {
  if (!isSameSecret(bearerToken(c), configOf(c.env).RADIST_FLEET_SECRET))
    throw new ApiError('invalid_fleet_secret')
  const bytes = await readBytes(c.req.raw, MAX_REPORT_BYTES)
  const body = parseBody(bytes, enrolBodySchema)
  const hostId = await hostIdOf(body.publicKey)
  const signature = c.req.header(SIGNATURE_HEADER) ?? ''
  // Signed with the key that the body brings: whoever enrols holds the private part.
  const stamp = await checkSignature(c, signature, hostId, body.publicKey, bytes)
  const signedRegion = readUnverifiedIssuer(signature)?.region ?? body.region
  if (signedRegion !== body.region) throw new ApiError('invalid_signature')
  // Before it enrols, so that no host is in a region that nobody lists; one that fails enrols again.
  if (body.region !== DEFAULT_REGION) await c.env.FLEET.getByName(DEFAULT_REGION).noteRegion(body.region)
  const enrolled = await c.env.FLEET.getByName(body.region).enrol(hostId, body, stamp)
  if (!enrolled.ok) throw new ApiError(enrolled.code)
  return c.json({ hostId })
})

sfuHosts.post('/hosts/:hostId/heartbeat', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, heartbeatBodySchema, MAX_REPORT_BYTES)
  if (c.req.param('hostId') !== hostId) throw new ApiError('invalid_signature')
  const taken = await fleet.heartbeat(hostId, body, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  return c.json({ ok: true, drain: taken.drain } satisfies HeartbeatAnswer)
})

sfuHosts.post('/usage', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, usageBodySchema, MAX_USAGE_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const byProject = Map.groupBy(body.records, (record) => record.projectId)
  const answers = await Promise.all([...byProject].map(([id, records]) => ingest(c.env, id, records)))
  const answer: UsageAnswer = {
    accepted: answers.flatMap(({ accepted }) => accepted),
    rejected: answers.flatMap(({ rejected }) => rejected),
  }
  return c.json(answer)
})

/** A project that cannot take its records now answers for none of them: the host sends those again. */
async function ingest(env: Env, projectId: string, records: UsageRecord[]): Promise<UsageAnswer> {
  try {
    return await env.PROJECT.getByName(projectId).ingestUsage(projectId, records)
  } catch (error) {
    console.error(JSON.stringify({ message: 'usage not taken', projectId, error: String(error) }))
    return { accepted: [], rejected: [] }
  }
}

/** Takes the same time whatever the difference (`timingSafeEqual` wants equal lengths). */
function isSameSecret(given: string, expected: string): boolean {
  const a = new TextEncoder().encode(given)
  const b = new TextEncoder().encode(expected)
  if (a.byteLength !== b.byteLength) return !crypto.subtle.timingSafeEqual(a, a)
  return crypto.subtle.timingSafeEqual(a, b)
}
