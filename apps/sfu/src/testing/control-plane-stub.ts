/** The far end of the wire for tests: a control plane over real HTTP, with real keys and signatures. */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ADMISSIONS_PATH,
  type AdmissionAnswer,
  type AdmissionQuestion,
  type AdmissionsAnswer,
  type ApiErrorCode,
  ASSIGNMENTS_PATH,
  type AssignmentClaims,
  admissionsBodySchema,
  apiErrors,
  CONTROL_PLANE,
  closeRoomPath,
  type DeparturesBody,
  departuresBodySchema,
  type EnrolBody,
  enrolBodySchema,
  type HeartbeatAnswer,
  type HeartbeatBody,
  HOSTS_PATH,
  type HostId,
  heartbeatBodySchema,
  hostIdOf,
  JWKS_PATH,
  newParticipantId,
  newReconnectSecret,
  newRoomId,
  type ParticipantId,
  type Permissions,
  type PresenceChange,
  type ProjectId,
  presenceBodySchema,
  projectIdSchema,
  type RoomId,
  type RoomTokenClaims,
  SIGNATURE_HEADER,
  type SigningKey,
  signAssignment,
  signRequest,
  signRoomToken,
  USAGE_PATH,
  type UsageRecord,
  usageBodySchema,
  verifyRequest,
} from '@radist-tech/protocol'
import { decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

export const FLEET_SECRET = 'a-fleet-secret-for-tests-of-the-sfu-host'
export const PUBLIC_KEY = 'rad_pk_of-this-project'
export const ALL_PERMISSIONS: Permissions = { publish: true, subscribe: true, data: true }

type Answer = { status: number; body: object }
const ok = (body: object): Answer => ({ status: 200, body })
const refuse = (code: ApiErrorCode): Answer => ({
  status: apiErrors[code].status,
  body: { error: apiErrors[code].error, code },
})

export interface AssignedRoom {
  roomId: RoomId
  projectId: ProjectId
  epoch: number
}

export class ControlPlaneStub {
  readonly changed = new EventEmitter()
  readonly heartbeats: HeartbeatBody[] = []
  readonly departures: (DeparturesBody & { roomId: string })[] = []
  /** Whose sockets went and came, as the host told it, oldest first. */
  readonly presence: (PresenceChange & { roomId: string; epoch: number })[] = []
  /** By record id: what the ledger took. */
  readonly ledger = new Map<string, UsageRecord>()
  enrolments = 0
  /** Whether an operator wants the host drained. */
  drain = false
  /** Requests with admissions, of one or of many. */
  admissionRequests = 0
  host: EnrolBody | null = null
  /** With which participants are admitted. */
  readonly publicKeys = new Set([PUBLIC_KEY])
  /** Codes with which the next admissions are refused. */
  readonly admissionRefusals: ApiErrorCode[] = []
  /** The participant to whom the next admission goes; otherwise a new one. */
  readmitted: ParticipantId | null = null
  /** Awaited before an admission is answered. */
  beforeAdmission: () => Promise<void> = async () => undefined
  /** Awaited before the answer of an admission is sent: it may be overtaken by others. */
  beforeAnswer: (admission: AdmissionAnswer) => Promise<void> = async () => undefined
  /** Who has an identity in a room: the next admission of it takes the place. */
  readonly #holders = new Map<string, ParticipantId>()
  readonly #consumed = new Map<string, AdmissionAnswer>()
  readonly #jwk: JWK
  readonly #key: SigningKey
  #server: Server | null = null
  #port = 0

  private constructor(jwk: JWK, key: SigningKey) {
    this.#jwk = jwk
    this.#key = key
  }

  static async start(): Promise<ControlPlaneStub> {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const kid = 'test-key'
    const stub = new ControlPlaneStub(
      { ...(await exportJWK(pair.publicKey)), kid },
      { kid, privateKey: pair.privateKey },
    )
    await stub.up()
    return stub
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get key(): SigningKey {
    return this.#key
  }

  get hostId(): Promise<HostId> {
    if (!this.host) throw new Error('no host has enrolled')
    return hostIdOf(this.host.publicKey)
  }

  /** Listens again, on the port that it had. */
  async up(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = addressOf(this.#server).port
  }

  /** Is gone: connections are refused. */
  async down(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  /** Waits until what the host has told so far answers to this. */
  async until<T>(find: () => T | undefined | false | null, what: string): Promise<T> {
    const timeout = AbortSignal.timeout(15_000)
    for (;;) {
      const found = find()
      if (found !== undefined && found !== false && found !== null) return found
      await once(this.changed, 'change', { signal: timeout }).catch(() => {
        throw new Error(`waited in vain for ${what}`)
      })
    }
  }

  /** As the control plane counts them: what stays have left of a second adds up. */
  secondsOf(participantId: string): number {
    const records = [...this.ledger.values()].filter((record) => record.participantId === participantId)
    return Math.floor(
      records.reduce((sum, record) => sum + record.seconds * 1000 + record.remainderMs, 0) / 1000,
    )
  }

  /** Assigns a new room (or this one) to the enrolled host. */
  async assign(change: Partial<AssignmentClaims> = {}): Promise<AssignedRoom> {
    const claims = {
      aud: await this.hostId,
      projectId: projectIdSchema.parse(crypto.randomUUID()),
      roomId: newRoomId(),
      epoch: 1,
      publicKeys: [PUBLIC_KEY],
      maxParticipants: 100,
      graceSeconds: 30,
      ...change,
    }
    const response = await this.post(ASSIGNMENTS_PATH, {
      assignment: await signAssignment(this.#key, claims, new Date()),
    })
    if (response.status !== 200) throw new Error(`assignment refused with ${response.status}`)
    return claims
  }

  async roomToken(
    room: AssignedRoom,
    change: Partial<RoomTokenClaims> = {},
    key = this.#key,
  ): Promise<string> {
    const { token } = await signRoomToken(key, {
      exp: Math.floor(Date.now() / 1000) + 3600,
      projectId: room.projectId,
      roomId: room.roomId,
      hostId: await this.hostId,
      signalingUrl: this.host?.signalingUrl ?? '',
      permissions: ALL_PERMISSIONS,
      ...change,
    })
    return token
  }

  closeRoom(room: AssignedRoom, reason = 'closed-by-backend'): Promise<Response> {
    return this.post(closeRoomPath(room.roomId), { epoch: room.epoch, reason })
  }

  /** A signed request to the host. */
  async post(path: string, body: object, sent: { signature?: string; now?: Date } = {}): Promise<Response> {
    if (!this.host) throw new Error('no host has enrolled')
    const text = JSON.stringify(body)
    const signature = sent.signature ?? (await this.sign(path, text, sent.now))
    return fetch(this.host.controlUrl + path, {
      method: 'POST',
      body: text,
      headers: { [SIGNATURE_HEADER]: signature },
    })
  }

  async sign(path: string, body: string, now = new Date()): Promise<string> {
    const signer = { issuer: CONTROL_PLANE, privateKey: this.#key.privateKey, kid: this.#key.kid }
    const request = { method: 'POST', path, body: new TextEncoder().encode(body) }
    return signRequest(signer, await this.hostId, request, now)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { status, body: answer } = await this.#answer(path, request, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    this.changed.emit('change')
  }

  async #answer(path: string, request: IncomingMessage, bytes: Buffer): Promise<Answer> {
    if (path === JWKS_PATH) return ok({ keys: [this.#jwk] })
    const json: unknown = JSON.parse(bytes.toString())
    const enrols = path === HOSTS_PATH
    const host = enrols ? enrolBodySchema.parse(json) : this.host
    if (!host) return refuse('host_not_found')
    const signature = String(request.headers[SIGNATURE_HEADER] ?? '')
    const expected = { issuer: await hostIdOf(host.publicKey), audience: CONTROL_PLANE }
    const key = await importJWK(host.publicKey, 'EdDSA')
    const verified = await verifyRequest(
      signature,
      async () => key,
      expected,
      { method: 'POST', path, body: bytes },
      new Date(),
    )
    if (!verified) return refuse('invalid_signature')
    if (!enrols) return this.#answerHost(path, json)
    if (request.headers.authorization !== `Bearer ${FLEET_SECRET}`) return refuse('invalid_fleet_secret')
    this.host = host
    this.enrolments += 1
    return ok({ hostId: expected.issuer })
  }

  async #answerHost(path: string, json: unknown): Promise<Answer> {
    if (path.endsWith('/heartbeat')) {
      this.heartbeats.push(heartbeatBodySchema.parse(json))
      return ok({ ok: true, drain: this.drain } satisfies HeartbeatAnswer)
    }
    if (path === USAGE_PATH) {
      const { records } = usageBodySchema.parse(json)
      for (const record of records) this.ledger.set(record.recordId, record)
      return ok({ accepted: records.map((record) => record.recordId), rejected: [] })
    }
    if (path.endsWith('/departures')) {
      this.departures.push({ ...departuresBodySchema.parse(json), roomId: path.split('/')[5] ?? '' })
      return ok({ ok: true })
    }
    if (path.endsWith('/presence')) {
      const { epoch, changes } = presenceBodySchema.parse(json)
      const roomId = path.split('/')[5] ?? ''
      this.presence.push(...changes.map((change) => ({ ...change, roomId, epoch })))
      return ok({ ok: true })
    }
    if (path !== ADMISSIONS_PATH) return refuse('not_found')
    const { admissions } = admissionsBodySchema.parse(json)
    this.admissionRequests += 1
    const answers = await Promise.all(admissions.map((question) => this.#admit(question)))
    return ok({ answers } satisfies AdmissionsAnswer)
  }

  async #admit({
    roomToken,
    publicKey = '',
    attemptId,
  }: AdmissionQuestion): Promise<AdmissionsAnswer['answers'][number]> {
    await this.beforeAdmission()
    const code = this.admissionRefusals.shift()
    if (code) return { ok: false, code }
    if (!this.publicKeys.has(publicKey)) return { ok: false, code: 'invalid_public_key' }
    const { jti, roomId, identity, permissions } = decodeJwt<RoomTokenClaims>(roomToken.slice(3))
    const known = this.#consumed.get(`${jti}:${attemptId}`)
    if (known) return { ok: true, ...known }
    if (this.#consumed.has(jti)) return { ok: false, code: 'used_room_token' }
    const replaces = identity === undefined ? undefined : this.#holders.get(`${roomId}:${identity}`)
    const admission: AdmissionAnswer = {
      participantId: this.readmitted ?? newParticipantId(),
      ...(identity === undefined ? {} : { identity }),
      permissions: permissions ?? ALL_PERMISSIONS,
      reconnectSecret: newReconnectSecret(),
      ...(replaces !== undefined && { replaces }),
    }
    if (identity !== undefined) this.#holders.set(`${roomId}:${identity}`, admission.participantId)
    this.#consumed.set(jti, admission)
    this.#consumed.set(`${jti}:${attemptId}`, admission)
    await this.beforeAnswer(admission)
    return { ok: true, ...admission }
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address
}
