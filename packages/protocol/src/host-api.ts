/**
 * Requests between SFU hosts and the control plane. All are signed (`request-signature.ts`).
 *
 * Host to control plane:
 * - `POST /api/v1/sfu/hosts` enrols (also with `Authorization: Bearer <fleet secret>`)
 * - `POST /api/v1/sfu/hosts/:hostId/heartbeat` every 2 s
 * - `POST /api/v1/sfu/admissions` asks to admit the bearers of room tokens, each to a room of the host
 * - `POST /api/v1/sfu/rooms/:roomId/departures` tells who has left
 * - `POST /api/v1/sfu/rooms/:roomId/presence` tells whose socket is gone, or back
 * - `POST /api/v1/sfu/usage` delivers usage records
 *
 * Control plane to host:
 * - `POST <controlUrl>/api/v1/sfu/assignments` assigns a room
 * - `POST <controlUrl>/api/v1/sfu/rooms/:roomId/close` closes it
 * - `POST <controlUrl>/api/v1/sfu/rooms/:roomId/roster` asks who is in it
 * - `POST <controlUrl>/api/v1/sfu/rooms/:roomId/participants/:participantId/remove` ends a stay
 * - `POST <controlUrl>/api/v1/sfu/rooms/:roomId/participants/:participantId/mute` mutes a track
 */
import { calculateJwkThumbprint, type JWK } from 'jose'
import { z } from 'zod'
import {
  bootIdSchema,
  type HostId,
  hostIdSchema,
  participantIdSchema,
  projectIdSchema,
  roomIdSchema,
  usageRecordIdSchema,
} from './ids.ts'
import { connectionQualitySchema, identitySchema, permissionsSchema, roomTrackSchema } from './rest.ts'
import { reconnectSecretSchema } from './room-reconnect-token.ts'

export const HOSTS_PATH = '/api/v1/sfu/hosts'
export const heartbeatPath = (hostId: string) => `${HOSTS_PATH}/${hostId}/heartbeat`
export const ADMISSIONS_PATH = '/api/v1/sfu/admissions'
export const departuresPath = (roomId: string) => `/api/v1/sfu/rooms/${roomId}/departures`
export const presencePath = (roomId: string) => `/api/v1/sfu/rooms/${roomId}/presence`
export const USAGE_PATH = '/api/v1/sfu/usage'
export const ASSIGNMENTS_PATH = '/api/v1/sfu/assignments'
export const closeRoomPath = (roomId: string) => `/api/v1/sfu/rooms/${roomId}/close`
export const rosterPath = (roomId: string) => `/api/v1/sfu/rooms/${roomId}/roster`
const participantPath = (roomId: string, participantId: string) =>
  `/api/v1/sfu/rooms/${roomId}/participants/${participantId}`
export const removePath = (roomId: string, participantId: string) =>
  `${participantPath(roomId, participantId)}/remove`
export const mutePath = (roomId: string, participantId: string) =>
  `${participantPath(roomId, participantId)}/mute`

/** How often a host reports, and after how long a silence it gets no rooms any more. */
export const HEARTBEAT_INTERVAL_MS = 2000
export const HOST_SILENCE_LIMIT_MS = 6000

export const regionSchema = z.string().regex(/^[a-z0-9-]{1,32}$/)
export const DEFAULT_REGION = 'default'

/** An Ed25519 public key as JWK (RFC 8037). */
export const hostPublicKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type HostPublicKey = z.infer<typeof hostPublicKeySchema>

/** A host's id: `sfu_` and the first 22 characters of its key's thumbprint (RFC 7638). */
export async function hostIdOf(publicKey: HostPublicKey): Promise<HostId> {
  const thumbprint = await calculateJwkThumbprint(publicKey satisfies JWK)
  return hostIdSchema.parse(`sfu_${thumbprint.slice(0, 22)}`)
}

export const enrolBodySchema = z.strictObject({
  publicKey: hostPublicKeySchema,
  region: regionSchema,
  bootId: bootIdSchema,
  /** WebSocket address that participants open. */
  signalingUrl: z.url({ protocol: /^wss?$/ }),
  /** HTTP origin at which the control plane reaches the host. */
  controlUrl: z.url({ protocol: /^https?$/ }),
  workers: z.int().positive(),
  /** Participants that the host takes at most. */
  maxParticipants: z.int().positive(),
  version: z.string().max(64),
})
export type EnrolBody = z.infer<typeof enrolBodySchema>
export const enrolAnswerSchema = z.object({ hostId: hostIdSchema })

export const heartbeatBodySchema = z.strictObject({
  bootId: bootIdSchema,
  rooms: z.int().nonnegative(),
  participants: z.int().nonnegative(),
  consumers: z.int().nonnegative(),
  /** Mean load of the host's workers, each a share of one core: 0 to 1. */
  workerCpu: z.number().min(0).max(1),
  /** Whether the host takes new rooms and participants. */
  state: z.enum(['ready', 'draining', 'impaired']),
})
export type HeartbeatBody = z.infer<typeof heartbeatBodySchema>
/** A 404 `host_not_found` asks the host to enrol again. */
export const heartbeatAnswerSchema = z.object({
  ok: z.literal(true),
  /** Whether an operator wants the host drained; it stays so until this is false again. */
  drain: z.boolean().default(false),
})
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswerSchema>

export const admissionQuestionSchema = z.strictObject({
  roomId: roomIdSchema,
  epoch: z.int().positive(),
  roomToken: z.string().max(4096),
  /** With which the participant came: whether it is still good, the project says. */
  publicKey: z.string().max(256).optional(),
  /**
   * The host's own id of this attempt. Asked again with the same one, since the answer was lost, the
   * control plane answers the same; without it a second request finds the token used.
   */
  attemptId: z.string().min(16).max(64).optional(),
})
export type AdmissionQuestion = z.infer<typeof admissionQuestionSchema>
/**
 * Each may be of another room, and a Durable Object is asked for each room: with these, a Worker stays below
 * the 50 that Cloudflare's free plan lets one request ask.
 */
export const MAX_ADMISSIONS = 40
export const admissionsBodySchema = z.strictObject({
  admissions: z.array(admissionQuestionSchema).min(1).max(MAX_ADMISSIONS),
})
export const admissionAnswerSchema = z.object({
  participantId: participantIdSchema,
  identity: identitySchema.optional(),
  permissions: permissionsSchema,
  reconnectSecret: reconnectSecretSchema,
  /** Whose place it takes: the one of the same identity. The host ends that stay. */
  replaces: participantIdSchema.optional(),
})
export type AdmissionAnswer = z.infer<typeof admissionAnswerSchema>
/**
 * In the order of the questions. `internal` says nothing about a question: it may be asked again. An answer that
 * cannot be understood is taken for that, and spoils none of the others.
 */
export const admissionsAnswerSchema = z.object({
  answers: z.array(
    z
      .discriminatedUnion('ok', [
        admissionAnswerSchema.extend({ ok: z.literal(true) }),
        z.object({ ok: z.literal(false), code: z.string() }),
      ])
      .catch({ ok: false, code: 'internal' }),
  ),
})
export type AdmissionsAnswer = z.infer<typeof admissionsAnswerSchema>

/** Why a participant left a room. */
export const departureReasonSchema = z.enum([
  'left',
  'timeout',
  'removed',
  'replaced',
  'room-closed',
  'host-lost',
])
export type DepartureReason = z.infer<typeof departureReasonSchema>

export const departuresBodySchema = z.strictObject({
  epoch: z.int().positive(),
  departures: z
    .array(z.strictObject({ participantId: participantIdSchema, reason: departureReasonSchema }))
    .max(1000),
})
export type DeparturesBody = z.infer<typeof departuresBodySchema>
export const departuresAnswerSchema = z.object({ ok: z.literal(true) })

/** A participant whose place is kept while its socket is gone (`dropped`), or that is back (`resumed`). */
export const presenceChangeSchema = z.strictObject({
  participantId: participantIdSchema,
  change: z.enum(['dropped', 'resumed']),
  /** By the host's clock. */
  at: z.iso.datetime(),
  /** Rises with each change that the host tells: one that came before, or out of order, is taken no more. */
  number: z.int().positive(),
})
export type PresenceChange = z.infer<typeof presenceChangeSchema>
export const MAX_PRESENCE_CHANGES = 500
export const presenceBodySchema = z.strictObject({
  epoch: z.int().positive(),
  changes: z.array(presenceChangeSchema).min(1).max(MAX_PRESENCE_CHANGES),
})
export const presenceAnswerSchema = z.object({ ok: z.literal(true) })

/**
 * Connected time of one participant that no other record covers: completed seconds, and with a stay's last
 * record what it had of another one. The ledger takes each `recordId` once, in any order.
 */
export const usageRecordSchema = z
  .strictObject({
    recordId: usageRecordIdSchema,
    projectId: projectIdSchema,
    roomId: roomIdSchema,
    participantId: participantIdSchema,
    /** 0 to 86,400; 0 only beside a remainder. */
    seconds: z.int().min(0).max(86_400),
    /**
     * What the end of a stay has left of a second, in ms: 0 to 999. The ledger adds up a participant's
     * remainders, of whichever hosts, and counts the seconds that they complete.
     */
    remainderMs: z.int().min(0).max(999).default(0),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
  })
  .refine(({ seconds, remainderMs }) => seconds > 0 || remainderMs > 0)
export type UsageRecord = z.infer<typeof usageRecordSchema>

export const MAX_USAGE_BATCH = 500
export const usageBodySchema = z.strictObject({
  records: z.array(usageRecordSchema).min(1).max(MAX_USAGE_BATCH),
})
/** The host forgets what is in `accepted`, sets aside what is in `rejected`, and sends the rest again. */
export const usageAnswerSchema = z.object({
  accepted: z.array(usageRecordIdSchema),
  rejected: z.array(z.object({ recordId: usageRecordIdSchema, code: z.string() })),
})
export type UsageAnswer = z.infer<typeof usageAnswerSchema>

export const assignmentBodySchema = z.strictObject({ assignment: z.string().max(16_384) })
export const assignmentAnswerSchema = z.object({ roomId: roomIdSchema, epoch: z.int().positive() })

export const closeRoomBodySchema = z.strictObject({
  epoch: z.int().positive(),
  /** `moved`: the room lives on, on another host or soon on one; participants ask where (`locate`). */
  reason: z.enum(['closed-by-backend', 'empty', 'moved']),
})

const atEpoch = { epoch: z.int().positive() }

export const rosterBodySchema = z.strictObject(atEpoch)
export const rosterAnswerSchema = z.object({
  participants: z.array(
    z.object({
      participantId: participantIdSchema,
      connected: z.boolean(),
      tracks: z.array(roomTrackSchema),
      /** Null until it is measured. */
      quality: connectionQualitySchema.nullable(),
    }),
  ),
})
export type RosterAnswer = z.infer<typeof rosterAnswerSchema>

/** Why a stay is ended from outside; `replaced`: its identity has joined again. */
export const removalReasonSchema = z.enum(['removed', 'replaced'])
export type RemovalReason = z.infer<typeof removalReasonSchema>
export const removeBodySchema = z.strictObject({ ...atEpoch, reason: removalReasonSchema })

export const muteBodySchema = z.strictObject({
  ...atEpoch,
  producerId: z.string().min(1).max(64),
  muted: z.boolean(),
})
export const muteAnswerSchema = roomTrackSchema
