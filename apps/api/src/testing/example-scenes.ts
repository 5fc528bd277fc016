/**
 * The state in which each documented example is true, and what stands for its sample values there. An
 * example without a scene cannot be replayed.
 */
import { env } from 'cloudflare:workers'
import {
  admissionAnswerSchema,
  createRoomAnswerSchema,
  generateKey,
  mintRoomTokenAnswerSchema,
  newParticipantId,
  roomReconnectToken,
} from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { vi } from 'vitest'
import { projects } from '../../../../drizzle/schema.ts'
import { monthOf } from '../domain/billing-policy.ts'
import { samples } from '../reference/samples.ts'
import { passTime, setTime, stopTime } from './clock.ts'
import { TestHost } from './host-fixture.ts'
import { meterScenes, meterStages } from './meter-scenes.ts'
import { newCall, newProject, request, setBillingAccount, type TestProject } from './project-fixture.ts'
import { signatureOf, TestStripeAccount } from './stripe-fixture.ts'
import { joinCall, type TestPeer } from './test-peer.ts'
import { usageRecord } from './usage-fixture.ts'

/** How often a project of these may have something open. */
const CONNECTION_LIMIT = 4

/** Sends the example's request, with another body if one is given. */
export type Send = (staged: Staged, body?: unknown) => Promise<Response>

/** An example about to be sent. Scenes change it as their example's words say. */
export class Staged {
  readonly operationId: string
  readonly project: TestProject
  /** The bearer token; that of an operation without one is not sent. */
  key: string | undefined
  readonly headers: Record<string, string> = {}
  /** Spaces after the body. */
  padding = 0
  /** What the Worker is bound to, when it is not what it should be. */
  env: object | null = null
  /** Headers that depend on the body. */
  sign: (body: string) => Promise<Record<string, string>> = async () => ({})
  /** Sample value to the value that stands for it. What is not here is compared by its form. */
  readonly real = new Map<string, string>()
  readonly #send: Send

  constructor(operationId: string, project: TestProject, send: Send) {
    this.operationId = operationId
    this.project = project
    this.key =
      operationId === 'mintPublicCallToken' || operationId === 'locateRoom'
        ? project.publicKey
        : project.secretKey
    this.real.set(samples.projectId, project.projectId).set(samples.publicKey, project.publicKey)
    this.#send = send
  }

  realOf(sample: string): string {
    const value = this.real.get(sample)
    if (value === undefined) throw new Error(`Nothing stands for ${sample}`)
    return value
  }

  send(body?: unknown): Promise<Response> {
    return this.#send(this, body)
  }
}

type Scene = (staged: Staged) => unknown

const callsPath = ({ projectId }: TestProject) => `/api/v1/projects/${projectId}/calls`
const roomsPath = ({ projectId }: TestProject) => `/api/v1/projects/${projectId}/rooms`
const ofBackend = (project: TestProject, method: string, path: string, body?: unknown) =>
  request(path, { method, key: project.secretKey, body })
const endCall = async (project: TestProject, callId: string) => {
  const answer = await ofBackend(project, 'DELETE', `${callsPath(project)}/${callId}`)
  if (answer.status !== 200) throw new Error(`The call goes on: ${answer.status}`)
}

/** The only host of the default region; made with the first room. */
let host: TestHost | undefined

/** A room with a token that waits and a participant who is inside. */
async function openRoom(staged: Staged): Promise<void> {
  stopTime()
  host ??= await TestHost.enrolled()
  host.comeBack()
  await host.heartbeat()
  if (staged.operationId === 'createRoom') return
  const made = await ofBackend(staged.project, 'POST', roomsPath(staged.project))
  const { roomId, roomTokens } = createRoomAnswerSchema.parse(await made.json())
  const minted = await ofBackend(staged.project, 'POST', `${roomsPath(staged.project)}/${roomId}/token`, {
    identity: 'ann',
  })
  const { roomToken } = mintRoomTokenAnswerSchema.parse(await minted.json())
  const admitted = await host.admit(roomId, roomToken)
  const { participantId, reconnectSecret } = admissionAnswerSchema.parse(await admitted.json())
  const camera = { producerId: samples.producerId, kind: 'video', source: 'camera', muted: false } as const
  host.present.splice(0, Infinity, { participantId, connected: true, tracks: [camera], quality: 'excellent' })
  staged.real
    .set(samples.roomId, roomId)
    .set(samples.roomToken, roomTokens[0])
    .set(samples.participantId, participantId)
    .set(samples.reconnectToken, roomReconnectToken(reconnectSecret, participantId, 0))
}

async function openCall(staged: Staged, accessControl = 'public'): Promise<void> {
  const { callId, callTokens } = await newCall(staged.project, { accessControl })
  staged.real
    .set(samples.callId, callId)
    .set(samples.callToken, callTokens[0])
    .set(samples.otherCallToken, callTokens[1])
}

const join = (staged: Staged, sample: string) => joinCall(staged.project.publicKey, staged.realOf(sample))
async function bothJoin(staged: Staged): Promise<[TestPeer, TestPeer]> {
  return [await join(staged, samples.callToken), await join(staged, samples.otherCallToken)]
}

/** Two calls, the older one over. */
async function twoCalls({ project }: Staged): Promise<void> {
  await endCall(project, (await newCall(project)).callId)
  await newCall(project)
}

const closeRoom = ({ project }: Staged, roomId: string) =>
  ofBackend(project, 'DELETE', `${roomsPath(project)}/${roomId}`)

/** Two rooms, the older one closed. */
async function twoRooms(staged: Staged): Promise<void> {
  await openRoom(staged)
  const older = staged.realOf(samples.roomId)
  await closeRoom(staged, older)
  await openRoom(staged)
  staged.real.set(samples.otherRoomId, older)
}

/** What an operation needs before any of its examples. */
const stages: Record<string, Scene> = {
  createCall: () => {},
  listCalls: twoCalls,
  getCall: (staged) => openCall(staged),
  endCall: (staged) => openCall(staged),
  mintCallToken: (staged) => openCall(staged),
  mintPublicCallToken: (staged) => openCall(staged),
  createRoom: openRoom,
  listRooms: twoRooms,
  getRoom: openRoom,
  closeRoom: openRoom,
  removeParticipant: openRoom,
  muteTrack: openRoom,
  mintRoomToken: openRoom,
  locateRoom: openRoom,
  ...meterStages,
  openCallSignaling: (staged) => openCall(staged),
  getBilling: (staged) => {
    const { start, end } = monthOf(Date.now())
    staged.real.set('2026-11-01T00:00:00.000Z', ISO(start)).set('2026-12-01T00:00:00.000Z', ISO(end))
  },
  createCheckout: withCustomer,
  createPortal: withCustomer,
  takeStripeWebhook: async (staged) => {
    await withCustomer(staged)
    staged.sign = async (body) => ({ 'stripe-signature': await signatureOf(body) })
  },
  getUsage: useAnHour,
  getRoomUsage: useAnHour,
  getUsageBudget: () => setTime(samples.endedAt),
  setUsageBudget: useBudget,
  getHealth: () => {},
  getKeySet: (staged) => {
    staged.real.set('2026-11', 'test')
  },
}

/** The id of a call or room that its project has reserved, and given up before it was made. */
async function givenUp(kind: 'CALL' | 'ROOM', { projectId }: TestProject): Promise<string> {
  const id = crypto.randomUUID()
  await env[kind].getByName(id).voidReservation({ id, projectId, sequence: 1000, createdAt: Date.now() })
  return id
}

/** Until the next scene. */
function hostVanishes(): void {
  host?.vanish()
}

const UUID = /^(\w+)-(\w+)-(\w+)-(\w+)-(\w+)$/
function nextIdIs(id: string): void {
  const [, a, b, c, d, e] = UUID.exec(id) ?? []
  vi.spyOn(crypto, 'randomUUID').mockReturnValueOnce(`${a}-${b}-${c}-${d}-${e}`)
}

async function allowOnly({ projectId }: TestProject, origin: string): Promise<void> {
  const allowedOrigins = JSON.stringify([origin])
  await drizzle(env.DB).update(projects).set({ allowedOrigins }).where(eq(projects.id, projectId))
  await env.PROJECT.getByName(projectId).invalidateCache()
}

const ISO = (time: number) => new Date(time).toISOString()

/** Stripe with the customer of the project's account. */
async function withCustomer(staged: Staged): Promise<TestStripeAccount> {
  const { projectId } = staged.project
  await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
  staged.real.set(samples.portalUrl, `https://portal.stripe.test/cus_${projectId}`)
  staged.real.set(samples.checkoutUrl, 'https://checkout.stripe.test/cs_1')
  return new TestStripeAccount()
}

/** A state of the account that Stripe has told of. */
async function accountIs({ project, real }: Staged, state: Parameters<typeof setBillingAccount>[1]) {
  await setBillingAccount(project.projectId, state)
  real.set(samples.accountId, project.projectId)
  await env.PROJECT.getByName(project.projectId).invalidateCache()
}

const DAY_MS = 86_400_000
const overdue = (since: number) => ({ subscriptionStatus: 'past_due', pastDueSince: since })

/**
 * The free allowance of the tests' Worker, used within an hour: not the first of a month, which would be the month
 * before's.
 */
async function useAllowance({ project: { projectId } }: Staged): Promise<void> {
  setTime('2096-11-15T12:00:00Z')
  const records = Array.from({ length: 200 }, () => usageRecord(projectId, 3000))
  await env.PROJECT.getByName(projectId).ingestUsage(projectId, records)
}

/** The sample participant's, in the sample room, on the day of the samples, which is not long ago. */
async function useAnHour({ project: { projectId }, real }: Staged): Promise<void> {
  const record = usageRecord(projectId, 3600, Date.parse('2026-11-02T10:00:00Z'))
  setTime('2026-11-05T12:00:00Z')
  real.set(samples.roomId, record.roomId).set(samples.participantId, record.participantId)
  await env.PROJECT.getByName(projectId).ingestUsage(projectId, [record])
}

/** What the samples use of the limit, on their day. */
async function useBudget({ project: { projectId } }: Staged): Promise<void> {
  setTime(samples.endedAt)
  await env.PROJECT.getByName(projectId).ingestUsage(projectId, [usageRecord(projectId, 850)])
}

const setBudget = ({ project: { projectId } }: Staged, monthlyLimitSeconds: number) =>
  env.PROJECT.getByName(projectId).usageBudget(
    projectId,
    { kind: 'trusted' },
    { monthlyLimitSeconds, stopsAtLimit: true },
  )

const PAGE = 'https://customer.example'

/** Of an example's name, or of one operation's example. Success examples that need nothing more are not here. */
const scenes: Record<string, Scene> = {
  ...meterScenes,
  missing_bearer_token: (staged) => {
    staged.key = undefined
  },
  invalid_secret_key: (staged) => {
    staged.key = generateKey('secret')
  },
  invalid_public_key: (staged) => {
    staged.key = generateKey('public')
  },
  secret_key_in_browser: (staged) => {
    staged.key = staged.project.secretKey
    staged.real.set(samples.publicKey, staged.project.secretKey)
    staged.headers.origin = PAGE
  },
  origin_not_allowed: async (staged) => {
    await allowOnly(staged.project, 'https://shop.example')
    staged.headers.origin = PAGE
    if (staged.operationId === 'mintPublicCallToken') await openCall(staged)
  },
  too_many_requests: (staged) => {
    staged.key = 'guessed'
    staged.headers['cf-connecting-ip'] = '198.51.100.7'
    staged.env = { ...env, FAILED_ATTEMPTS: { limit: async () => ({ success: false }) } }
  },
  body_too_large: (staged) => {
    staged.padding = 16_385
  },
  internal: (staged) => {
    staged.env = {}
  },
  idempotency_key_reused: async (staged) => {
    await staged.send({ tokenTtlSeconds: 60 })
  },
  call_not_found: (staged) => {
    staged.real.set(samples.callId, crypto.randomUUID())
  },
  room_not_found: (staged) => {
    staged.real.set(samples.roomId, crypto.randomUUID())
  },
  participant_not_found: (staged) => {
    staged.real.set(samples.participantId, newParticipantId())
  },
  track_not_found: () => {
    for (const { tracks } of host?.present ?? []) tracks.length = 0
  },
  'getUsageBudget.unlimited': useBudget,
  'getUsageBudget.reached': async (staged) => {
    await useBudget(staged)
    await setBudget(staged, 1000)
  },
  usage_limit_reached: async (staged) => {
    await useBudget(staged)
    await setBudget(staged, 850)
  },
  project_archived: async ({ project: { projectId } }) => {
    await drizzle(env.DB).update(projects).set({ archivedAt: Date.now() }).where(eq(projects.id, projectId))
    await env.PROJECT.getByName(projectId).invalidateCache()
  },
  payment_required: useAllowance,
  payment_overdue: (staged) => accountIs(staged, { subscriptionStatus: 'unpaid' }),
  'getBilling.active': (staged) => accountIs(staged, { subscriptionStatus: 'active' }),
  'getBilling.overdue': (staged) => accountIs(staged, overdue(Date.now() - 8 * DAY_MS)),
  already_subscribed: async (staged) => {
    const stripe = await withCustomer(staged)
    stripe.subscribe(`cus_${staged.project.projectId}`, 'active')
  },
  payments_unavailable: async (staged) => {
    const stripe = await withCustomer(staged)
    stripe.troubles.set('GET /v1/prices', ['lose-request'])
    stripe.troubles.set('POST /v1/billing_portal/sessions', ['lose-request'])
  },
  invalid_stripe_signature: (staged) => {
    staged.sign = async (body) => ({ 'stripe-signature': await signatureOf(body, 'whsec_of_somebody_else') })
  },
  'takeStripeWebhook.body_too_large': (staged) => {
    staged.padding = 262_145
  },
  host_unreachable: hostVanishes,
  'getRoom.silentHost': hostVanishes,
  'getRoom.closed': (staged) => closeRoom(staged, staged.realOf(samples.roomId)),
  call_terminated: (staged) => endCall(staged.project, staged.realOf(samples.callId)),
  room_closed: async (staged) => {
    staged.real.set(samples.roomId, await givenUp('ROOM', staged.project))
  },
  'createCall.call_terminated': async ({ project }) => nextIdIs(await givenUp('CALL', project)),
  'createRoom.room_closed': async ({ project }) => nextIdIs(await givenUp('ROOM', project)),
  all_peers_connected: bothJoin,
  call_is_private: (staged) => openCall(staged, 'private'),
  no_host_available: () => passTime(7000),
  expired_room_token: () => passTime(3_610_000),
  used_room_token: async (staged) => {
    await host?.admit(staged.realOf(samples.roomId), staged.realOf(samples.roomToken))
  },
  connection_limit_reached: async ({ project }) => {
    for (let i = 0; i < CONNECTION_LIMIT; i++) await newCall(project)
  },
  'getCall.joined': async (staged) => {
    const [stays, drops] = await bothJoin(staged)
    drops.socket.close()
    await stays.socket.expect('peer-joined')
    await stays.socket.expect('peer-disconnected')
    staged.real.set(samples.peerId, stays.peerId).set(samples.otherPeerId, drops.peerId)
  },
  'getCall.tombstoned': async (staged) => {
    const { socket } = await join(staged, samples.callToken)
    socket.send({ type: 'bye' })
    await socket.closed
  },
  'openCallSignaling.reconnection': async (staged) => {
    const { peerId, connected } = await join(staged, samples.callToken)
    staged.real.set(samples.peerId, peerId).set(samples.peerReconnectToken, connected.reconnectToken)
  },
}

/** An example about to be sent, and everything around it as its words say. */
export async function stage(operationId: string, example: string, send: Send): Promise<Staged> {
  const project = await newProject({ connectionLimit: CONNECTION_LIMIT })
  const staged = new Staged(operationId, project, send)
  await stages[operationId]?.(staged)
  await (scenes[`${operationId}.${example}`] ?? scenes[example])?.(staged)
  return staged
}
