/** Bodies of `/api/dashboard` about projects: keys, settings, what goes on in them, and what it costs. */
import { z } from 'zod'
import { billingAnswerSchema } from '../billing.ts'
import { callIdSchema, participantIdSchema, projectIdSchema, roomIdSchema } from '../ids.ts'
import { meterEventStateSchema, reconciliationSchema } from '../meter-events.ts'
import { allowedOriginsSchema } from '../origins.ts'
import { iceServerSchema } from '../p2p-signaling.ts'
import { accessControlSchema, callAnswerSchema, pageFields, roomAnswerSchema } from '../rest.ts'
import { usageBudgetAnswerSchema } from '../usage.ts'
import { roleSchema } from './roles.ts'

const time = z.iso.datetime()
const seconds = z.int().min(0)
const count = z.int().min(0)

export const projectNameBodySchema = z.strictObject({ name: z.string().trim().min(1).max(64) })
export const projectSummarySchema = z.object({
  projectId: projectIdSchema,
  name: z.string(),
  createdAt: time,
  archivedAt: time.nullable(),
})
export const listProjectsAnswerSchema = z.object({ projects: z.array(projectSummarySchema) })
export const projectAnswerSchema = z.object({
  ...projectSummarySchema.shape,
  organizationId: z.string(),
  /** Of who asks. */
  role: roleSchema,
  /** The newest public key that is good. */
  publicKey: z.string(),
})
export type ProjectAnswer = z.infer<typeof projectAnswerSchema>

/** What is open now; sent by the project's live socket as it changes. */
export const liveCountsSchema = z.object({ openCalls: count, openRooms: count, roomParticipants: count })
export type LiveCounts = z.infer<typeof liveCountsSchema>
export const overviewAnswerSchema = z.object({
  ...liveCountsSchema.shape,
  connectionLimit: count,
  secondsToday: seconds,
  secondsIn30Days: seconds,
  /** In the last 24 hours. */
  errors: z.object({
    /** Calls and rooms that were asked for, and how many of them were refused (limit, payment). */
    creations: count,
    refusedCreations: count,
    /** Calls that ended, and how many of them without both peers ever having been there. */
    endedCalls: count,
    unconnectedCalls: count,
  }),
})
export type OverviewAnswer = z.infer<typeof overviewAnswerSchema>

export const dashboardCallSchema = z.object({
  callId: callIdSchema,
  createdAt: time,
  endedAt: time.nullable(),
  /** How many peers ever joined; null while it is open. */
  peers: count.nullable(),
  endedReason: z.string().nullable(),
})
export const dashboardCallsAnswerSchema = z.object({ calls: z.array(dashboardCallSchema), ...pageFields })
export const dashboardRoomSchema = z.object({
  roomId: roomIdSchema,
  createdAt: time,
  endedAt: time.nullable(),
  /** How many participants were ever admitted; null while it is open. */
  participants: count.nullable(),
  endedReason: z.string().nullable(),
})
export const dashboardRoomsAnswerSchema = z.object({ rooms: z.array(dashboardRoomSchema), ...pageFields })

/** Something that happened in a call or room. `subject`: the peer's or participant's id; null for the whole. */
export const timelineEntrySchema = z.object({
  at: time,
  kind: z.enum(['created', 'joined', 'connected', 'dropped', 'resumed', 'left', 'moved', 'ended']),
  subject: z.string().nullable(),
  identity: z.string().nullable(),
  /** Why; null where there is nothing to say. */
  reason: z.string().nullable(),
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>
export const timelineSchema = z.object({
  /** The oldest first. */
  timeline: z.array(timelineEntrySchema),
  /** Whether there were more than are kept. */
  truncated: z.boolean(),
})
export const dashboardCallAnswerSchema = z.object({ call: callAnswerSchema, ...timelineSchema.shape })
export type DashboardCallAnswer = z.infer<typeof dashboardCallAnswerSchema>
export const dashboardRoomAnswerSchema = z.object({
  room: roomAnswerSchema,
  /** Of those who are in it now, and the room's in all, as far as they are reported. */
  seconds: z.object({ total: seconds, participants: z.record(participantIdSchema, seconds) }),
  ...timelineSchema.shape,
})
export type DashboardRoomAnswer = z.infer<typeof dashboardRoomAnswerSchema>

/**
 * Text frames of the live sockets, from the server; the page sends nothing but pings. Each says how things are
 * now. A socket that is closed with 1012 is to be opened again at once.
 */
export const projectLiveFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('counts'), counts: liveCountsSchema }),
  /** One of the project's calls or rooms began or ended: its lists have changed. */
  z.object({
    type: z.literal('changed'),
    kind: z.enum(['call', 'room']),
    id: z.string(),
    state: z.enum(['open', 'ended']),
  }),
])
export type ProjectLiveFrame = z.infer<typeof projectLiveFrameSchema>
export const roomLiveFrameSchema = z.object({ type: z.literal('room'), ...dashboardRoomAnswerSchema.shape })
export type RoomLiveFrame = z.infer<typeof roomLiveFrameSchema>
export const callLiveFrameSchema = z.object({ type: z.literal('call'), ...dashboardCallAnswerSchema.shape })

export type CallLiveFrame = z.infer<typeof callLiveFrameSchema>

export const keyNameBodySchema = z.strictObject({ name: z.string().trim().min(1).max(64) })
export const secretKeySummarySchema = z.object({
  keyId: z.string(),
  name: z.string(),
  lastFour: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
})
export const publicKeySummarySchema = z.object({
  publicKey: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
})
export const keysAnswerSchema = z.object({
  secretKeys: z.array(secretKeySummarySchema),
  publicKeys: z.array(publicKeySummarySchema),
})
/** The one time that the key is shown. */
export const newSecretKeyAnswerSchema = z.object({ key: secretKeySummarySchema, secretKey: z.string() })
export const rollPublicKeyBodySchema = z.strictObject({
  /** How long the keys of now stay good, in seconds: 0 to 2,592,000 (30 days); 86,400 unless told. */
  overlapSeconds: z.int().min(0).max(2_592_000).default(86_400),
})

export const projectSettingsBodySchema = z.strictObject({
  allowedOrigins: allowedOriginsSchema,
  defaultAccessControl: accessControlSchema,
  connectionLimit: z.int().min(1),
  iceServers: z.array(iceServerSchema).max(10),
})
export const projectSettingsAnswerSchema = z.object({
  allowedOrigins: z.array(z.string()),
  defaultAccessControl: accessControlSchema,
  connectionLimit: count,
  /** What the plan allows. */
  maxConnectionLimit: count,
  iceServers: z.array(iceServerSchema),
})

export const dashboardBillingAnswerSchema = z.object({
  last30Days: z.object({
    seconds,
    /** By the price's tiers, as if they were all of one period; null when the price is not known. */
    cost: z.object({ amount: z.string(), currency: z.string() }).nullable(),
  }),
  account: billingAnswerSchema,
  budget: usageBudgetAnswerSchema,
  /** Seconds in each state of delivery to Stripe, and how many meter events they are; delivered: in the 30 days. */
  delivery: z.record(meterEventStateSchema, z.object({ events: count, seconds })),
  reconciliation: reconciliationSchema,
})
export type DashboardBillingAnswer = z.infer<typeof dashboardBillingAnswerSchema>

export const invoicesAnswerSchema = z.object({
  invoices: z.array(
    z.object({
      invoiceId: z.string(),
      number: z.string().nullable(),
      createdAt: time,
      status: z.string(),
      /** In the currency's units, such as `12.34`. */
      total: z.string(),
      currency: z.string(),
      /** Stripe's page of it; null for a draft. */
      url: z.string().nullable(),
    }),
  ),
})

export const hostsAnswerSchema = z.object({
  hosts: z.array(
    z.object({
      hostId: z.string(),
      region: z.string(),
      signalingUrl: z.string(),
      version: z.string(),
      state: z.enum(['ready', 'full', 'draining', 'impaired', 'lost']),
      /** Whether an operator has asked it to drain. */
      drainAsked: z.boolean(),
      lastSeenAt: time,
      workers: count,
      rooms: count,
      participants: count,
      maxParticipants: count,
      /** Mean over its workers, each a share of one core: 0 to 1. */
      workerCpu: z.number(),
    }),
  ),
})
export type HostsAnswer = z.infer<typeof hostsAnswerSchema>
