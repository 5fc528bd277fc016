/**
 * Signaling of P2P calls: JSON text frames on `/api/v1/p2p/signaling/ws`.
 *
 * Relayed frames and notices to a peer carry a rising `seq` (from 1); a peer that reconnects says
 * the last one it took (`lastSeq`) and is sent what came after it.
 */
import { z } from 'zod'
import { callIdSchema, peerIdSchema } from './ids.ts'
import { accessControlSchema, callEndedReasonSchema } from './rest.ts'

export const P2P_SIGNALING_PATH = '/api/v1/p2p/signaling/ws'

/** Largest frame either side may send, in bytes of UTF-8. */
export const MAX_FRAME_BYTES = 65_536

/** Sent as this very text and answered as this very text, so that a hibernating object is not woken. */
export const PING_FRAME = '{"type":"ping"}'
export const PONG_FRAME = '{"type":"pong"}'

/** The close code of a socket whose peer is here with a newer one: not to be reconnected. */
export const OVERTAKEN_CLOSE_CODE = 4001

/** RTCIceCandidateInit; null ends a generation of candidates (W3C WebRTC, "end-of-candidates"). */
export const iceCandidateSchema = z
  .object({
    candidate: z.string(),
    sdpMid: z.string().nullish(),
    sdpMLineIndex: z.int().nullish(),
    usernameFragment: z.string().nullish(),
  })
  .nullable()
export type IceCandidate = z.infer<typeof iceCandidateSchema>

const offerSchema = z.object({ type: z.literal('offer'), sdp: z.string() })
const answerSchema = z.object({ type: z.literal('answer'), sdp: z.string() })
const candidateSchema = z.object({ type: z.literal('candidate'), candidate: iceCandidateSchema })

/** What a peer may send. `bye` leaves the call for good. */
export const peerFrameSchema = z.discriminatedUnion('type', [
  offerSchema,
  answerSchema,
  candidateSchema,
  z.object({ type: z.literal('bye') }),
])
export type PeerFrame = z.infer<typeof peerFrameSchema>

export const iceServerSchema = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
})
export type IceServer = z.infer<typeof iceServerSchema>

/** Why a peer left: it said `bye`, or did not come back within the grace period. */
export const peerLeftReasonSchema = z.enum(['bye', 'timeout'])
export type PeerLeftReason = z.infer<typeof peerLeftReasonSchema>

const numbered = { seq: z.int().positive() }
const from = { from: peerIdSchema }

const connectedSchema = z.object({
  type: z.literal('connected'),
  peerId: peerIdSchema,
  reconnectToken: z.string(),
  /** The role in perfect negotiation (W3C WebRTC 1.0, section 10.7): the two peers' roles differ. */
  polite: z.boolean(),
  iceServers: z.array(iceServerSchema),
  call: z.object({
    callId: callIdSchema,
    createdAt: z.iso.datetime(),
    accessControl: accessControlSchema,
    /** All peers that hold a place, this one included. */
    peers: z.array(z.object({ peerId: peerIdSchema, connected: z.boolean() })),
  }),
})

const numberedServerFrameSchemas = [
  z.object({ type: z.literal('peer-joined'), peerId: peerIdSchema, ...numbered }),
  z.object({ type: z.literal('peer-disconnected'), peerId: peerIdSchema, ...numbered }),
  z.object({ type: z.literal('peer-reconnected'), peerId: peerIdSchema, ...numbered }),
  z.object({ type: z.literal('peer-left'), peerId: peerIdSchema, reason: peerLeftReasonSchema, ...numbered }),
  offerSchema.extend({ ...from, ...numbered }),
  answerSchema.extend({ ...from, ...numbered }),
  candidateSchema.extend({ ...from, ...numbered }),
] as const

/** A frame that is kept until the peer has it, and sent again on request. */
export const numberedServerFrameSchema = z.discriminatedUnion('type', numberedServerFrameSchemas)
export type NumberedServerFrame = z.infer<typeof numberedServerFrameSchema>

/** Why a frame was refused; the call is unchanged and the socket stays open, unless refusals come in a burst. */
export const frameErrorCodeSchema = z.enum([
  'malformed',
  'unknown-type',
  'too-large',
  'no-peer',
  'too-many-frames',
])
export type FrameErrorCode = z.infer<typeof frameErrorCodeSchema>

export const serverFrameSchema = z.discriminatedUnion('type', [
  connectedSchema,
  ...numberedServerFrameSchemas,
  z.object({ type: z.literal('call-ended'), reason: callEndedReasonSchema }),
  z.object({ type: z.literal('error'), code: frameErrorCodeSchema, message: z.string() }),
  z.object({ type: z.literal('pong') }),
])
export type ServerFrame = z.infer<typeof serverFrameSchema>
export type ConnectedFrame = z.infer<typeof connectedSchema>
