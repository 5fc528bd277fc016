/** Bodies of the REST API about meter events: what of a project's usage Stripe has, and what it does not have. */
import { z } from 'zod'
import { pageFields } from './rest.ts'

const timeSchema = z.iso.datetime()
const secondsSchema = z.int().min(0)

/**
 * `open`: takes seconds still. `pending`: on its way. `delivered`: Stripe has it. `refused`: set aside until
 * it is sent again.
 */
export const meterEventStateSchema = z.enum(['open', 'pending', 'delivered', 'refused'])
export type MeterEventState = z.infer<typeof meterEventStateSchema>

export const meterEventSchema = z.object({
  /** By which Stripe recognises it. */
  identifier: z.string(),
  /** When its seconds were received: `start` belongs to it, `end` does not. */
  start: timeSchema,
  end: timeSchema,
  /** Participant seconds. */
  seconds: secondsSchema,
  state: meterEventStateSchema,
  /** To which time Stripe counts it: its end, unless that became too old for Stripe. */
  timestamp: timeSchema,
  /** When it was delivered or refused; null before. */
  settledAt: timeSchema.nullable(),
  /** Why it is set aside; null when it is not. */
  reason: z.enum(['stripe', 'too-old', 'outcome-unknown']).nullable(),
  message: z.string().nullable(),
})
export type MeterEventAnswer = z.infer<typeof meterEventSchema>

export const listMeterEventsAnswerSchema = z.object({
  meterEvents: z.array(meterEventSchema),
  ...pageFields,
})
export type ListMeterEventsAnswer = z.infer<typeof listMeterEventsAnswerSchema>

export const resendMeterEventBodySchema = z.strictObject({
  /** Somebody has looked, and Stripe does not have it. A mistake here bills it twice. */
  confirmNotDelivered: z.boolean().default(false),
})

export const reconciliationSchema = z.object({
  /** When it was made; null when there was none yet. */
  at: timeSchema.nullable(),
  /** What was compared: `from` belongs to it, `to` does not. */
  from: timeSchema.nullable(),
  to: timeSchema.nullable(),
  /**
   * `none`: there was none yet, or nothing to compare. `no-customer`: Stripe does not know who pays.
   * `equal`, `different`. `failed`: Stripe did not answer, or not all projects of the account.
   */
  state: z.enum(['none', 'no-customer', 'equal', 'different', 'failed']),
  /** Of all projects that the same Stripe customer pays for. */
  ledgerSeconds: secondsSchema,
  stripeSeconds: z.number(),
  /** The newest, oldest first: minutes, or the hour where too many differ to look into each. */
  differences: z.array(
    z.object({
      start: timeSchema,
      end: timeSchema,
      ledgerSeconds: secondsSchema,
      stripeSeconds: z.number(),
      /** Identifiers of this project's meter events in it. */
      windows: z.array(z.string()),
    }),
  ),
})
export type Reconciliation = z.infer<typeof reconciliationSchema>
