/** A P2P call as its object stores it. Times are milliseconds since 1970. */
import { accessControlSchema, callEndedReasonSchema, callIdSchema, peerIdSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import { emptyBuffer, type FrameBuffer } from './frame-buffer.ts'

/** What never changes in a call's life. */
export const callFactsSchema = z.object({
  callId: callIdSchema,
  projectId: z.string(),
  /** The number in the project's list of calls, from 1. */
  sequence: z.int().positive(),
  accessControl: accessControlSchema,
  createdAt: z.int(),
  /** Whether the project had webhook endpoints when the call was made: if not, nobody is told of its events. */
  hasWebhooks: z.boolean().default(false),
})
export type CallFacts = z.infer<typeof callFactsSchema>

const tokenSchema = z.object({
  hash: z.string(),
  expiresAt: z.int(),
  /** `cleared`: both places were taken before it was used. It is kept only to answer with the right text. */
  state: z.enum(['pending', 'cleared']),
})
export type Token = z.infer<typeof tokenSchema>

const presenceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connected') }),
  z.object({
    kind: z.literal('disconnected'),
    /** Since when; 0 in calls that were stored before this was noted. */
    since: z.int().default(0),
    graceEndsAt: z.int(),
    /** Frames with this `seq` and above have never been sent. */
    unsentFrom: z.int().positive(),
  }),
])
export type Presence = z.infer<typeof presenceSchema>

const peerSchema = z.object({
  peerId: peerIdSchema,
  polite: z.boolean(),
  /** 0 in calls that were stored before this was noted. */
  joinedAt: z.int().default(0),
  /** The number of its newest socket, from 1. What comes from an older one is not listened to. */
  connection: z.int().positive(),
  presence: presenceSchema,
  reconnectHash: z.string(),
  /** The token before, good until a frame shows that the newest one has arrived. */
  previousReconnectHash: z.string().nullable(),
})
export type Peer = z.infer<typeof peerSchema>

/** `void`: it was reserved but never made, and nobody has ever got a token of it. */
const tombstoneReasonSchema = z.enum([...callEndedReasonSchema.options, 'void'])

/** Who has been here so far; nobody in calls that were stored before this was noted. */
const attendance = {
  /** How many peers have joined, one that joined again counted again. */
  everJoined: z.int().default(0),
  /** Whether both were connected at some time. */
  everConnected: z.boolean().default(false),
}

/** At most two peers hold a place, connected or in their grace period. */
export const MAX_PEERS = 2

export const lifeSchema = z.discriminatedUnion('kind', [
  /** Nobody has come yet. */
  z.object({ kind: z.literal('waiting'), tokens: z.array(tokenSchema) }),
  z.object({
    kind: z.literal('joined'),
    tokens: z.array(tokenSchema),
    peers: z.array(peerSchema).min(1).max(MAX_PEERS),
    ...attendance,
  }),
  /** For ever. */
  z.object({ kind: z.literal('tombstoned'), at: z.int(), reason: tombstoneReasonSchema, ...attendance }),
])
export type Life = z.infer<typeof lifeSchema>

/** Frames for each peer that has a place, by its role: the two peers' roles differ. */
export interface FrameBuffers {
  polite: FrameBuffer
  impolite: FrameBuffer
}
export const noFrames: FrameBuffers = { polite: emptyBuffer, impolite: emptyBuffer }

export interface CallState {
  facts: CallFacts
  life: Life
  /** What was sent, or is held. */
  buffers: FrameBuffers
}

export const peersOf = (life: Life): readonly Peer[] => (life.kind === 'joined' ? life.peers : [])

export const attendanceOf = (life: Life): { everJoined: number; everConnected: boolean } =>
  life.kind === 'waiting'
    ? { everJoined: 0, everConnected: false }
    : { everJoined: life.everJoined, everConnected: life.everConnected }

export const bothConnected = (life: Life): boolean => {
  const peers = peersOf(life)
  return peers.length === MAX_PEERS && peers.every((peer) => peer.presence.kind === 'connected')
}
