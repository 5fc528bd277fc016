/** Bodies of the public REST API, both directions. */
import { z } from 'zod'
import { callIdSchema, participantIdSchema, peerIdSchema, roomIdSchema } from './ids.ts'

/** `public`: anyone with the public key and the call's id mints tokens. `private`: only the secret key does. */
export const accessControlSchema = z.enum(['public', 'private'])
export type AccessControl = z.infer<typeof accessControlSchema>

export const DEFAULT_TOKEN_TTL_SECONDS = 3600
/** How long an unused token is good for, in seconds: 60 to 86,400 (24 h), 3,600 unless told. */
export const tokenTtlSecondsSchema = z.int().min(60).max(86_400)

const isoTimeSchema = z.iso.datetime()

/** Why a call ended: its last peer left, nobody ever came, or the backend ended it. */
export const callEndedReasonSchema = z.enum(['all-peers-left', 'tokens-expired', 'ended-by-backend'])
export type CallEndedReason = z.infer<typeof callEndedReasonSchema>

export const createCallBodySchema = z.strictObject({
  /** What the project has set unless told, which is `public` unless it was changed. */
  accessControl: accessControlSchema.optional(),
  tokenTtlSeconds: tokenTtlSecondsSchema.default(DEFAULT_TOKEN_TTL_SECONDS),
})
export const createCallAnswerSchema = z.object({
  callId: callIdSchema,
  callTokens: z.tuple([z.string(), z.string()]),
})
export type CreateCallAnswer = z.infer<typeof createCallAnswerSchema>

export const mintCallTokenBodySchema = z.strictObject({
  tokenTtlSeconds: tokenTtlSecondsSchema.default(DEFAULT_TOKEN_TTL_SECONDS),
})
export const mintCallTokenAnswerSchema = z.object({ callToken: z.string() })

/** `page` and `limit` are plain decimal integers; anything else is refused, not rounded. */
const positiveInteger = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number)
    .refine((value) => value <= max)
    // What the API's reference says of it: regular expression and transformation show it badly.
    .meta({ override: { type: 'integer', minimum: 1, maximum: max } })
export const pageSchema = positiveInteger(Number.MAX_SAFE_INTEGER)
export const limitSchema = positiveInteger(100)
export const DEFAULT_PAGE = 1
export const DEFAULT_LIMIT = 20

export const pageFields = { page: z.int(), limit: z.int(), total: z.int() }

export const listCallsAnswerSchema = z.object({
  calls: z.array(
    z.object({ callId: callIdSchema, createdAt: isoTimeSchema, tombstonedAt: isoTimeSchema.nullable() }),
  ),
  ...pageFields,
})
export type ListCallsAnswer = z.infer<typeof listCallsAnswerSchema>

/** `waiting`: nobody has come yet. `joined`: at least one peer holds a place. `tombstoned`: over, for ever. */
export const callLifeSchema = z.enum(['waiting', 'joined', 'tombstoned'])

/** One call as its backend sees it; also the answer to ending it. */
export const callAnswerSchema = z.object({
  callId: callIdSchema,
  accessControl: accessControlSchema,
  state: callLifeSchema,
  createdAt: isoTimeSchema,
  tombstonedAt: isoTimeSchema.nullable(),
  /** Why it is over; null while it lives. */
  endedReason: callEndedReasonSchema.nullable(),
  /** Who holds a place, at most two. `disconnectedAt` is null for a peer that is connected. */
  peers: z.array(
    z.object({
      peerId: peerIdSchema,
      connected: z.boolean(),
      joinedAt: isoTimeSchema,
      disconnectedAt: isoTimeSchema.nullable(),
    }),
  ),
})
export type CallAnswer = z.infer<typeof callAnswerSchema>

/** Chosen by the customer's backend, for one creating request and its repetitions within 24 hours. */
export const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,255}$/)

/** What a track shows. */
export const trackSourceSchema = z.enum(['microphone', 'camera', 'screen', 'screen-audio'])
export type TrackSource = z.infer<typeof trackSourceSchema>

/** What a participant may do in a room. All of it, unless the token says otherwise. */
export const permissionsSchema = z.strictObject({
  /** Everything, nothing, or tracks of these sources. */
  publish: z
    .union([z.boolean(), z.array(trackSourceSchema).max(trackSourceSchema.options.length)])
    .default(true),
  subscribe: z.boolean().default(true),
  data: z.boolean().default(true),
})
export type Permissions = z.infer<typeof permissionsSchema>

/** Whether tracks of this source may be published. */
export const mayPublish = ({ publish }: Pick<Permissions, 'publish'>, source: TrackSource): boolean =>
  typeof publish === 'boolean' ? publish : publish.includes(source)

/** Who a participant is to the customer: free text, 1 to 128 characters. */
export const identitySchema = z.string().min(1).max(128)

export const createRoomBodySchema = z.strictObject({
  /** 1 to 1,000; 100 unless told. */
  maxParticipants: z.int().min(1).max(1000).default(100),
  /** How long an empty room stays open, in seconds: 10 to 86,400; 300 unless told. */
  emptyTimeoutSeconds: z.int().min(10).max(86_400).default(300),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .optional(),
  tokenTtlSeconds: tokenTtlSecondsSchema.default(DEFAULT_TOKEN_TTL_SECONDS),
})
export type CreateRoomBody = z.infer<typeof createRoomBodySchema>
export const createRoomAnswerSchema = z.object({
  roomId: roomIdSchema,
  roomTokens: z.tuple([z.string(), z.string()]),
  signalingUrl: z.url(),
})
export type CreateRoomAnswer = z.infer<typeof createRoomAnswerSchema>

export const mintRoomTokenBodySchema = z.strictObject({
  identity: identitySchema.optional(),
  permissions: permissionsSchema.prefault({}),
  tokenTtlSeconds: tokenTtlSecondsSchema.default(DEFAULT_TOKEN_TTL_SECONDS),
})
export type MintRoomTokenBody = z.infer<typeof mintRoomTokenBodySchema>
export const mintRoomTokenAnswerSchema = z.object({ roomToken: z.string(), signalingUrl: z.url() })
export type MintRoomTokenAnswer = z.infer<typeof mintRoomTokenAnswerSchema>

/** Where a room is now, asked by a participant whose host is gone. */
export const locateRoomBodySchema = z.union([
  z.strictObject({ roomToken: z.string() }),
  z.strictObject({ participantId: z.string(), reconnectToken: z.string() }),
])

export const listRoomsAnswerSchema = z.object({
  rooms: z.array(
    z.object({ roomId: roomIdSchema, createdAt: isoTimeSchema, closedAt: isoTimeSchema.nullable() }),
  ),
  ...pageFields,
})
export type ListRoomsAnswer = z.infer<typeof listRoomsAnswerSchema>

/** A participant's track, as its host knows it. `producerId` names it in requests about it. */
export const roomTrackSchema = z.object({
  producerId: z.string().min(1).max(64),
  kind: z.enum(['audio', 'video']),
  source: trackSourceSchema,
  muted: z.boolean(),
})

/** How good a participant's connection is. `lost`: its socket is gone, or nothing comes over its transports. */
export const connectionQualitySchema = z.enum(['excellent', 'good', 'poor', 'lost'])
export type ConnectionQuality = z.infer<typeof connectionQualitySchema>

/** Why a room is closed; `not-placed`: no SFU host took it when it was made. */
export const roomClosedReasonSchema = z.enum(['closed-by-backend', 'empty', 'not-placed'])

/** One room as its backend sees it; also the answer to closing it. */
export const roomAnswerSchema = z.object({
  roomId: roomIdSchema,
  state: z.enum(['open', 'closed']),
  createdAt: isoTimeSchema,
  closedAt: isoTimeSchema.nullable(),
  /** Why it is closed; null while it is open. */
  closedReason: roomClosedReasonSchema.nullable(),
  /** Whether the room's host told what follows just now. If not, `connected`, `tracks` and `quality` are not known. */
  live: z.boolean(),
  /** Who holds a place. `connected` is false while the socket is gone and the place is kept. */
  participants: z.array(
    z.object({
      participantId: participantIdSchema,
      identity: identitySchema.nullable(),
      joinedAt: isoTimeSchema,
      connected: z.boolean().nullable(),
      tracks: z.array(roomTrackSchema).nullable(),
      /** As the others in the room were told it last; null also before the first measurement, which needs media. */
      quality: connectionQualitySchema.nullable(),
    }),
  ),
})
export type RoomAnswer = z.infer<typeof roomAnswerSchema>

export const removeParticipantAnswerSchema = z.object({ participantId: participantIdSchema })

export const muteTrackBodySchema = z.strictObject({ muted: z.boolean() })
/** The track as it is now: one that its participant muted stays muted. */
export const muteTrackAnswerSchema = roomTrackSchema
