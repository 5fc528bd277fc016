/** Events that a project's webhooks tell of, and the endpoints they go to (standardwebhooks.com). */
import { z } from 'zod'
import { departureReasonSchema } from '../host-api.ts'
import { callIdSchema, participantIdSchema, peerIdSchema, projectIdSchema, roomIdSchema } from '../ids.ts'
import { callEndedReasonSchema, identitySchema, roomClosedReasonSchema } from '../rest.ts'
import { usageThresholdEventSchema } from '../usage.ts'

const time = z.iso.datetime()

const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({
    /** The same at every attempt, and in the `webhook-id` header. */
    id: z.string(),
    type: z.literal(type),
    /** When it happened. */
    timestamp: time,
    projectId: projectIdSchema,
    data,
    /** There when somebody asked for it in the dashboard: nothing of it has happened. */
    test: z.literal(true).optional(),
  })

export const webhookEventSchema = z.discriminatedUnion('type', [
  /** The first peer has joined. */
  event('call.started', z.object({ callId: callIdSchema, peerId: peerIdSchema })),
  /** Both peers are there, for the first time. */
  event('call.connected', z.object({ callId: callIdSchema })),
  event(
    'call.ended',
    z.object({ callId: callIdSchema, reason: callEndedReasonSchema, createdAt: time, endedAt: time }),
  ),
  /** The first participant has joined. */
  event('room.started', z.object({ roomId: roomIdSchema })),
  event(
    'room.ended',
    z.object({ roomId: roomIdSchema, reason: roomClosedReasonSchema, createdAt: time, endedAt: time }),
  ),
  event(
    'participant.joined',
    z.object({
      roomId: roomIdSchema,
      participantId: participantIdSchema,
      identity: identitySchema.nullable(),
    }),
  ),
  event(
    'participant.left',
    z.object({
      roomId: roomIdSchema,
      participantId: participantIdSchema,
      identity: identitySchema.nullable(),
      reason: departureReasonSchema,
      joinedAt: time,
    }),
  ),
  event('usage.threshold', usageThresholdEventSchema.shape.data),
])
export type WebhookEvent = z.infer<typeof webhookEventSchema>

export const webhookEventTypeSchema = z.enum([
  'call.started',
  'call.connected',
  'call.ended',
  'room.started',
  'room.ended',
  'participant.joined',
  'participant.left',
  'usage.threshold',
])
export type WebhookEventType = z.infer<typeof webhookEventTypeSchema>

const urlSchema = z.url({ protocol: /^https?$/ }).max(2048)
export const webhookEndpointBodySchema = z.strictObject({
  url: urlSchema,
  description: z.string().max(200).default(''),
  /** At least one. */
  eventTypes: z.array(webhookEventTypeSchema).min(1).max(webhookEventTypeSchema.options.length),
})
export const updateWebhookEndpointBodySchema = webhookEndpointBodySchema
  .extend({ description: z.string().max(200), enabled: z.boolean() })
  .partial()

export const webhookEndpointSchema = z.object({
  endpointId: z.string(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(webhookEventTypeSchema),
  enabled: z.boolean(),
  createdAt: time,
  /** Until when the secret before this one signs as well; null when there is none. */
  previousSecretExpiresAt: time.nullable(),
})
export type WebhookEndpoint = z.infer<typeof webhookEndpointSchema>
export const listWebhookEndpointsAnswerSchema = z.object({ endpoints: z.array(webhookEndpointSchema) })
/** Answer to making an endpoint, and to rotating its secret: the one time that the secret is shown. */
export const webhookSecretAnswerSchema = z.object({ endpoint: webhookEndpointSchema, secret: z.string() })

export const rotateWebhookSecretBodySchema = z.strictObject({
  /** How long the secret of now signs as well, in seconds: 0 to 604,800 (7 days); 86,400 unless told. */
  overlapSeconds: z.int().min(0).max(604_800).default(86_400),
})

export const testWebhookBodySchema = z.strictObject({
  /** Of the event that is sent; the first of the endpoint's unless told. */
  type: webhookEventTypeSchema.optional(),
})

/** `waiting`: not tried yet, or to be tried again. `failed`: given up after three days, or refused for good. */
export const webhookDeliveryStateSchema = z.enum(['waiting', 'delivered', 'failed'])
export const webhookAttemptSchema = z.object({
  at: time,
  durationMs: z.int(),
  /** HTTP status; null when there was no answer. */
  status: z.int().nullable(),
  /** Why there was none; null when there was one. */
  error: z.string().nullable(),
  /** The beginning of the answer's body: at most 1,024 characters. */
  answer: z.string(),
})
export const webhookDeliverySchema = z.object({
  /** Of this event to this endpoint. */
  deliveryId: z.string(),
  endpointId: z.string(),
  event: webhookEventSchema,
  state: webhookDeliveryStateSchema,
  attempts: z.int(),
  /** Null when no further attempt is planned. */
  nextAttemptAt: time.nullable(),
  lastAttempt: webhookAttemptSchema.nullable(),
})
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>
export const listWebhookDeliveriesAnswerSchema = z.object({
  /** The newest first. */
  deliveries: z.array(webhookDeliverySchema),
  /** Goes into `before` for the older ones; null at the end. */
  next: z.string().nullable(),
})
export const webhookDeliveryAnswerSchema = z.object({
  delivery: webhookDeliverySchema,
  /** All that are kept, the oldest first. */
  attempts: z.array(webhookAttemptSchema),
})
