/**
 * Signaling of rooms: JSON text frames on an SFU host's `/api/v1/sfu/signaling/ws`.
 *
 * The participant sends requests `{ id, method, data }`; the host answers each with
 * `{ id, ok: true, data }` or `{ id, ok: false, error: { code, message } }`, and sends notifications
 * `{ event, data, seq }`. Both sides derive their handlers from the two maps below.
 *
 * The first notification is `joined` (or `resumed` after a reconnection). Notifications carry a
 * rising `seq` (from 1); a participant that reconnects says the last one it took (`lastSeq`).
 *
 * What mediasoup defines (ICE, DTLS, RTP and SCTP parameters) is checked by mediasoup itself on the
 * host; here it is only required to be an object.
 */
import type { types as mediasoup } from 'mediasoup-client'
import { z } from 'zod'
import { dataChannelSchema } from './data-frames.ts'
import { departureReasonSchema, removalReasonSchema } from './host-api.ts'
import { participantIdSchema, roomIdSchema } from './ids.ts'
import { MAX_FRAME_BYTES } from './p2p-signaling.ts'
import {
  connectionQualitySchema,
  identitySchema,
  permissionsSchema,
  type TrackSource,
  trackSourceSchema,
} from './rest.ts'

export const ROOM_SIGNALING_PATH = '/api/v1/sfu/signaling/ws'
export type { ConnectionQuality } from './rest.ts'
export { MAX_FRAME_BYTES }

const mediasoupObject = <T extends object>() =>
  z.custom<T>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))

const rtpCapabilities = mediasoupObject<mediasoup.RtpCapabilities>()
const rtpParameters = mediasoupObject<mediasoup.RtpParameters>()
const dtlsParameters = mediasoupObject<mediasoup.DtlsParameters>()
const iceParameters = mediasoupObject<mediasoup.IceParameters>()
const iceCandidates = z.array(mediasoupObject<mediasoup.IceCandidate>())
const sctpParameters = mediasoupObject<mediasoup.SctpParameters>()
const sctpStreamParameters = mediasoupObject<mediasoup.SctpStreamParameters>()

const mediasoupId = z.string().min(1).max(64)
export const mediaKindSchema = z.enum(['audio', 'video'])
export { type TrackSource, trackSourceSchema }

export const producerInfoSchema = z.object({
  producerId: mediasoupId,
  kind: mediaKindSchema,
  source: trackSourceSchema,
  paused: z.boolean(),
})
export type ProducerInfo = z.infer<typeof producerInfoSchema>

export const participantInfoSchema = z.object({
  participantId: participantIdSchema,
  identity: identitySchema.optional(),
  /** False while its socket is gone and its place is kept. */
  connected: z.boolean(),
  producers: z.array(producerInfoSchema),
})
export type ParticipantInfo = z.infer<typeof participantInfoSchema>

const empty = z.object({})
const producerId = { producerId: mediasoupId }
const consumerId = { consumerId: mediasoupId }
const transportId = { transportId: mediasoupId }
/** Of a track, in pixels. */
const trackSide = z.int().min(1).max(16_384)
/** Of one video: twice as many as any browser sends. */
const MAX_LAYERS = 8
/** By how much a layer of a video divides the track's sides. */
export const layerScaleSchema = z.number().min(1).max(1024)
/** Of what a page shows, in device pixels. */
const shownSide = z.int().min(0).max(16_384)

/** Requests: method → data and answer. */
export const roomRequests = {
  createTransport: {
    data: z.object({ direction: z.enum(['send', 'recv']) }),
    answer: z.object({ ...transportId, iceParameters, iceCandidates, dtlsParameters, sctpParameters }),
  },
  connectTransport: { data: z.object({ ...transportId, dtlsParameters }), answer: empty },
  restartIce: { data: z.object({ ...transportId }), answer: z.object({ iceParameters }) },
  /** How many bytes of RTP the host has sent over it so far: who receives none may so know whether any are on the way. */
  countSent: { data: z.object({ ...transportId }), answer: z.object({ rtpBytes: z.number().nonnegative() }) },
  produce: {
    data: z.object({
      ...transportId,
      kind: mediaKindSchema,
      source: trackSourceSchema,
      rtpParameters,
      paused: z.boolean().default(false),
      /** The track's size, by which layers are chosen; without it every receiver gets the largest. */
      width: trackSide.optional(),
      height: trackSide.optional(),
    }),
    answer: z.object({ ...producerId }),
  },
  pauseProducer: { data: z.object({ ...producerId }), answer: empty },
  resumeProducer: { data: z.object({ ...producerId }), answer: empty },
  closeProducer: { data: z.object({ ...producerId }), answer: empty },
  /** The consumer starts paused; the participant resumes it when it is ready to receive. */
  consume: {
    data: z.object({ ...transportId, ...producerId, rtpCapabilities }),
    answer: z.object({
      ...consumerId,
      ...producerId,
      participantId: participantIdSchema,
      kind: mediaKindSchema,
      source: trackSourceSchema,
      rtpParameters,
      producerPaused: z.boolean(),
    }),
  },
  pauseConsumer: { data: z.object({ ...consumerId }), answer: empty },
  resumeConsumer: { data: z.object({ ...consumerId }), answer: empty },
  closeConsumer: { data: z.object({ ...consumerId }), answer: empty },
  /** The track that is sent has another size now, as when a phone is turned or the track was replaced. */
  updateTrack: {
    data: z.object({
      ...producerId,
      width: trackSide,
      height: trackSide,
      /**
       * Of each encoding, or of each spatial layer of the only one, by its index; those beyond the last are not sent
       * of this size. Without it they are as they were.
       */
      scales: z.array(layerScaleSchema).min(1).max(MAX_LAYERS).optional(),
    }),
    answer: empty,
  },
  /**
   * The size at which the participant shows this video: it gets the smallest layer that fills it, or
   * less when the bandwidth is not there. 0 by 0: nothing is shown, and nothing is sent.
   */
  setViewport: { data: z.object({ ...consumerId, width: shownSide, height: shownSide }), answer: empty },
  /** 1 (lowest) to 255: who gets bandwidth first. From then on instead of the host's own rule. */
  setPriority: { data: z.object({ ...consumerId, priority: z.int().min(1).max(255) }), answer: empty },
  requestKeyFrame: { data: z.object({ ...consumerId }), answer: empty },
  /**
   * Opens a channel to the host, see `data-frames.ts`, in place of the one before. `streamId` is its SCTP stream; it
   * is ordered and reliable, or unordered with no retransmission, as its name says.
   */
  produceData: {
    data: z.object({ ...transportId, channel: dataChannelSchema, streamId: z.int().min(0).max(65_534) }),
    answer: z.object({ dataProducerId: mediasoupId }),
  },
  /** Opens a channel from the host, in place of the one before. Nothing comes until it is resumed. */
  consumeData: {
    data: z.object({ ...transportId, channel: dataChannelSchema }),
    answer: z.object({ dataConsumerId: mediasoupId, dataProducerId: mediasoupId, sctpStreamParameters }),
  },
  /** The channel is open at the participant: messages that are sent from now on come. */
  resumeDataConsumer: { data: z.object({ dataConsumerId: mediasoupId }), answer: empty },
  /** Asks for a sign of life, since a page sees nothing of the host's own WebSocket pings. */
  ping: { data: empty, answer: empty },
  /** Leaves for good: the place is not kept. */
  leave: { data: empty, answer: empty },
} as const

export type RoomMethod = keyof typeof roomRequests
export const roomMethods = Object.keys(roomRequests) as RoomMethod[]
export type RoomRequestData<M extends RoomMethod> = z.infer<(typeof roomRequests)[M]['data']>
/** What a participant may write as data: fields with a default may be left out. */
export type RoomRequestInput<M extends RoomMethod> = z.input<(typeof roomRequests)[M]['data']>
export type RoomAnswerData<M extends RoomMethod> = z.infer<(typeof roomRequests)[M]['answer']>

/** Why a message was refused; `no-receiver`: whom it is for is not in the room, or has no open channel. */
export const dataRefusalSchema = z.enum(['malformed', 'too-large', 'too-many', 'no-receiver'])
export type DataRefusal = z.infer<typeof dataRefusalSchema>

const participantId = { participantId: participantIdSchema }
const sessionFields = {
  ...participantId,
  roomId: roomIdSchema,
  reconnectToken: z.string(),
  /** The others, not this participant itself. */
  participants: z.array(participantInfoSchema),
}

/** Notifications: event → data. */
export const roomNotifications = {
  joined: z.object({
    ...sessionFields,
    identity: identitySchema.optional(),
    permissions: permissionsSchema,
    routerRtpCapabilities: rtpCapabilities,
  }),
  /** A participant whose own transports are not among these has lost its media, as by a `mediaReset`. */
  resumed: z.object({ ...sessionFields, transportIds: z.array(mediasoupId) }),
  participantJoined: participantInfoSchema,
  participantDisconnected: z.object(participantId),
  participantReconnected: z.object(participantId),
  participantLeft: z.object({ ...participantId, reason: departureReasonSchema }),
  producerAdded: z.object({ ...participantId, producer: producerInfoSchema }),
  producerPaused: z.object({ ...participantId, ...producerId }),
  producerResumed: z.object({ ...participantId, ...producerId }),
  producerClosed: z.object({ ...participantId, ...producerId }),
  /** So many of this participant's messages were refused and have reached nobody. At most one a second for each reason. */
  dataRefused: z.object({ reason: dataRefusalSchema, count: z.int().positive() }),
  /** This participant's consumer is gone, since its producer is. */
  consumerClosed: z.object(consumerId),
  consumerLayersChanged: z.object({
    ...consumerId,
    layers: z.object({ spatialLayer: z.int(), temporalLayer: z.int().optional() }).nullable(),
  }),
  /**
   * Which encodings of this participant's own producer anybody receives, by their index; the others
   * need not be sent. Until it is told, all are. Told again after `resumed`.
   */
  layersWanted: z.object({ ...producerId, layers: z.array(z.boolean()) }),
  /**
   * All transports, producers and consumers of this participant are gone: it makes transports anew,
   * publishes and consumes again. Its stay goes on.
   */
  mediaReset: z.object({ reason: z.enum(['worker-died']), routerRtpCapabilities: rtpCapabilities }),
  /** Who speaks loudest now; null when nobody does. */
  activeSpeaker: z.object({ participantId: participantIdSchema.nullable() }),
  /** The backend muted this participant's own track, or took that back; the participant may unmute it. */
  trackMuted: z.object({ ...producerId, muted: z.boolean() }),
  /**
   * This participant's stay is over, the room goes on; the socket is closed after it. `replaced`: its
   * identity has joined again.
   */
  removed: z.object({ reason: removalReasonSchema }),
  /** Transient. How loud those are who can be heard, in dBov (-127 to 0); of the others there is silence. */
  audioLevels: z.object({
    levels: z.array(z.object({ ...participantId, level: z.int().min(-127).max(0) })),
  }),
  /** Transient. Those whose quality has changed, oneself included; of all after `joined` and `resumed`. */
  connectionQuality: z.object({
    qualities: z.array(z.object({ ...participantId, quality: connectionQualitySchema })),
  }),
  /** The room is over; the socket is closed after it. */
  closed: z.object({
    /** `moved`: the room goes on elsewhere; ask where (`locate`). `worker-died`: no media worker can be started. */
    reason: z.enum(['closed-by-backend', 'empty', 'moved', 'host-stopping', 'worker-died']),
  }),
} as const

export type RoomEvent = keyof typeof roomNotifications
export type RoomNotificationData<E extends RoomEvent> = z.infer<(typeof roomNotifications)[E]>
export type RoomNotification = {
  [E in RoomEvent]: { event: E; data: RoomNotificationData<E>; seq?: number }
}[RoomEvent]

/** Why a request was refused. Nothing has changed then. */
export const roomErrorCodeSchema = z.enum([
  'malformed',
  'unknown-method',
  'invalid-data',
  'not-found',
  'permission-denied',
  'invalid-state',
  'limit-reached',
  'rejected-by-media',
  'unsupported-codec',
  'internal',
])
export type RoomErrorCode = z.infer<typeof roomErrorCodeSchema>

/** A request as it arrives, its `data` not yet checked. `id` is chosen by the participant, unique among its open requests. */
export const roomRequestEnvelopeSchema = z.object({
  id: z.int().nonnegative(),
  method: z.string().max(64),
  data: z.unknown(),
})

export const roomResponseSchema = z.discriminatedUnion('ok', [
  z.object({ id: z.int(), ok: z.literal(true), data: z.unknown() }),
  z.object({
    id: z.int().nullable(),
    ok: z.literal(false),
    error: z.object({ code: roomErrorCodeSchema, message: z.string() }),
  }),
])
export type RoomResponse = z.infer<typeof roomResponseSchema>

export const roomNotificationEnvelopeSchema = z.object({
  event: z.enum(Object.keys(roomNotifications) as [RoomEvent, ...RoomEvent[]]),
  data: z.unknown(),
  /** Transient notifications have none: they are of a moment, and one that is missed is not told later. */
  seq: z.int().positive().optional(),
})
