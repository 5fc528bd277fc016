/** An SFU host as the control plane sees it: a key of its own, signed requests, and a server for assignments. */
import { env } from 'cloudflare:workers'
import {
  ADMISSIONS_PATH,
  type ApiErrorCode,
  ASSIGNMENTS_PATH,
  type AssignmentClaims,
  admissionsAnswerSchema,
  apiErrors,
  assignmentBodySchema,
  CONTROL_PLANE,
  closeRoomBodySchema,
  departuresPath,
  type EnrolBody,
  type HeartbeatBody,
  HOSTS_PATH,
  type HostId,
  heartbeatPath,
  hostIdOf,
  hostPublicKeySchema,
  muteBodySchema,
  newBootId,
  type PresenceChange,
  presencePath,
  type RequestSigner,
  type RosterAnswer,
  removeBodySchema,
  SIGNATURE_HEADER,
  signRequest,
  verifyAssignment,
  verifyRequest,
} from '@radist-tech/protocol'
import { exportJWK, generateKeyPair } from 'jose'
import { z } from 'zod'
import { controlPlaneKeys } from '../control-plane-keys.ts'
import { serve, stopServing } from './far-end.ts'
import { request } from './project-fixture.ts'

export interface SignedRequest {
  path: string
  body: string
  headers: Record<string, string>
}

const errorCodeSchema = z.enum(Object.keys(apiErrors) as [ApiErrorCode, ...ApiErrorCode[]])
let hostsMade = 0

export class TestHost {
  readonly hostId: HostId
  readonly enrolBody: EnrolBody
  /** Assignments that it was given, oldest first. */
  readonly assigned: AssignmentClaims[] = []
  /** Rooms that it was told to drop. */
  readonly dropped: { roomId: string; epoch: number; reason: string }[] = []
  /** Stays that it was told to end. */
  readonly removed: { roomId: string; participantId: string; epoch: number; reason: string }[] = []
  /** Who it says is in a room. */
  readonly present: RosterAnswer['participants'] = []
  /** How it answers an assignment: takes it, refuses it, or takes it and lets the answer get lost. */
  behaviour: 'take' | 'refuse' | 'lose-answer' = 'take'
  readonly #signer: RequestSigner

  private constructor(hostId: HostId, enrolBody: EnrolBody, signer: RequestSigner) {
    this.hostId = hostId
    this.enrolBody = enrolBody
    this.#signer = signer
    this.comeBack()
  }

  static async make(region = 'default', more: Partial<EnrolBody> = {}): Promise<TestHost> {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true })
    const { kty, crv, x } = await exportJWK(publicKey)
    const key = hostPublicKeySchema.parse({ kty, crv, x })
    hostsMade += 1
    const enrolBody = {
      publicKey: key,
      region,
      bootId: newBootId(),
      signalingUrl: `wss://host-${hostsMade}.test/api/v1/sfu/signaling/ws`,
      controlUrl: `https://host-${hostsMade}.test`,
      workers: 2,
      maxParticipants: 1000,
      version: 'test',
      ...more,
    }
    const hostId = await hostIdOf(key)
    return new TestHost(hostId, enrolBody, { issuer: hostId, privateKey, region })
  }

  static async enrolled(region = 'default', more: Partial<EnrolBody> = {}): Promise<TestHost> {
    const host = await TestHost.make(region, more)
    const response = await host.enrol()
    if (response.status !== 200) throw new Error(`not enrolled: ${response.status}`)
    return host
  }

  /** Signs a request as this host does. */
  async sign(path: string, body: unknown, now = new Date()): Promise<SignedRequest> {
    const text = JSON.stringify(body)
    const bytes = new TextEncoder().encode(text)
    const parts = { method: 'POST', path, body: bytes }
    const signature = await signRequest(this.#signer, CONTROL_PLANE, parts, now)
    return { path, body: text, headers: { [SIGNATURE_HEADER]: signature } }
  }

  async post(path: string, body: unknown): Promise<Response> {
    return send(await this.sign(path, body))
  }

  async enrol(
    fleetSecret = env.RADIST_FLEET_SECRET ?? '',
    body: unknown = this.enrolBody,
  ): Promise<Response> {
    const signed = await this.sign(HOSTS_PATH, body)
    return send({ ...signed, headers: { ...signed.headers, authorization: `Bearer ${fleetSecret}` } })
  }

  heartbeat(more: Partial<HeartbeatBody> = {}): Promise<Response> {
    const { bootId } = this.enrolBody
    const idle = { bootId, rooms: 0, participants: 0, consumers: 0, workerCpu: 0, state: 'ready' }
    return this.post(heartbeatPath(this.hostId), { ...idle, ...more })
  }

  admitAll(admissions: unknown[]): Promise<Response> {
    return this.post(ADMISSIONS_PATH, { admissions })
  }

  /** Asks for one alone; its answer as it would be without the others around it. */
  async admit(roomId: string, roomToken: string, epoch = 1, attemptId?: string): Promise<Response> {
    const attempt = attemptId === undefined ? {} : { attemptId }
    const response = await this.admitAll([{ roomId, epoch, roomToken, ...attempt }])
    if (response.status !== 200) return response
    const { 0: answer } = admissionsAnswerSchema.parse(await response.json()).answers
    if (answer?.ok) return Response.json(answer)
    const code = errorCodeSchema.parse(answer?.code)
    const { error, status } = apiErrors[code]
    return Response.json({ error, code }, { status })
  }

  /** Tells whose socket went or came; each with its number. */
  tellPresence(roomId: string, changes: readonly PresenceChange[], epoch = 1): Promise<Response> {
    return this.post(presencePath(roomId), { epoch, changes })
  }

  depart(roomId: string, participantIds: string[], epoch = 1, reason = 'left'): Promise<Response> {
    const departures = participantIds.map((participantId) => ({ participantId, reason }))
    return this.post(departuresPath(roomId), { epoch, departures })
  }

  /** Can be reached no more. */
  vanish(): void {
    stopServing(this.enrolBody.controlUrl)
  }

  comeBack(): void {
    serve(this.enrolBody.controlUrl, (incoming) => this.#answer(incoming))
  }

  async #answer(incoming: Request): Promise<Response> {
    const body = new Uint8Array(await incoming.arrayBuffer())
    const { pathname } = new URL(incoming.url)
    const { verifying } = await controlPlaneKeys(env)
    const claims = await verifyRequest(
      incoming.headers.get(SIGNATURE_HEADER) ?? '',
      verifying,
      { issuer: CONTROL_PLANE, audience: this.hostId },
      { method: incoming.method, path: pathname, body },
      new Date(),
    )
    if (!claims) return Response.json({ error: 'Invalid request signature.' }, { status: 401 })
    const json: unknown = JSON.parse(new TextDecoder().decode(body))
    if (pathname === ASSIGNMENTS_PATH)
      return this.#takeAssignment(assignmentBodySchema.parse(json).assignment)
    const asked = /^\/api\/v1\/sfu\/rooms\/([^/]+)\/(?:roster|participants\/([^/]+)\/(remove|mute))$/.exec(
      pathname,
    )
    if (asked) return this.#answerAbout(asked[1] ?? '', asked[2] ?? '', asked[3], json)
    const roomId = /^\/api\/v1\/sfu\/rooms\/([^/]+)\/close$/.exec(pathname)?.[1]
    if (roomId === undefined) return new Response(null, { status: 404 })
    this.dropped.push({ roomId, ...closeRoomBodySchema.parse(json) })
    return Response.json({ ok: true })
  }

  #answerAbout(roomId: string, participantId: string, what: string | undefined, json: unknown): Response {
    if (what === undefined) return Response.json({ participants: this.present })
    if (what === 'remove') {
      this.removed.push({ roomId, participantId, ...removeBodySchema.parse(json) })
      return Response.json({ ok: true })
    }
    const { producerId, muted } = muteBodySchema.parse(json)
    const participant = this.present.find((one) => one.participantId === participantId)
    const track = participant?.tracks.find((one) => one.producerId === producerId)
    const code = participant ? 'track_not_found' : 'participant_not_found'
    return track
      ? Response.json({ ...track, muted })
      : Response.json({ error: apiErrors[code].error, code }, { status: 404 })
  }

  async #takeAssignment(assignment: string): Promise<Response> {
    const { verifying } = await controlPlaneKeys(env)
    const verified = await verifyAssignment(assignment, verifying, this.hostId, new Date())
    if (!verified.ok) return new Response(null, { status: 401 })
    if (this.behaviour === 'refuse') return new Response(null, { status: 503 })
    this.assigned.push(verified.claims)
    if (this.behaviour === 'lose-answer') throw new TypeError('connection reset')
    return Response.json({ roomId: verified.claims.roomId, epoch: verified.claims.epoch })
  }
}

export const send = ({ path, body, headers }: SignedRequest): Promise<Response> =>
  request(path, { method: 'POST', body, headers })
