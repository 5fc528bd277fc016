/** Bodies and query parameters of the usage endpoints. Usage is counted in participant seconds. */
import { z } from 'zod'
import { participantIdSchema, roomIdSchema } from './ids.ts'

const isoTimeSchema = z.iso.datetime()
const secondsSchema = z.int().min(0)

export const granularitySchema = z.enum(['hour', 'day'])
export type Granularity = z.infer<typeof granularitySchema>
export const DEFAULT_GRANULARITY: Granularity = 'day'

/** A time with its zone, or a date, which stands for its first moment in UTC (ISO 8601). */
export const usageTimeSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()])

/** What was used from `from` until before `to`: the times that were asked for, widened to whole hours or days. */
const rangeFields = { from: isoTimeSchema, to: isoTimeSchema, seconds: secondsSchema }

export const usageReportSchema = z.object({
  ...rangeFields,
  granularity: granularitySchema,
  /** Every hour or day of the range, the oldest first. */
  buckets: z.array(z.object({ start: isoTimeSchema, seconds: secondsSchema })),
})
export type UsageReport = z.infer<typeof usageReportSchema>

export const roomUsageReportSchema = z.object({
  ...rangeFields,
  /** The newest day first. A room that began on the page before, or goes on on the next, is on both. */
  rooms: z.array(
    z.object({
      day: z.iso.date(),
      roomId: roomIdSchema,
      /** Of all its participants on that day, also those on other pages. */
      seconds: secondsSchema,
      participants: z.array(z.object({ participantId: participantIdSchema, seconds: secondsSchema })),
    }),
  ),
  page: z.int(),
  limit: z.int(),
  /** Participants of all pages, each once for every room and day. */
  total: z.int(),
})
export type RoomUsageReport = z.infer<typeof roomUsageReportSchema>

export const usageBudgetSchema = z.strictObject({
  /** For a calendar month (UTC): 1 to 1,000,000,000,000; null for no limit. */
  monthlyLimitSeconds: z.int().min(1).max(1_000_000_000_000).nullable(),
  /** Whether no room is created once the limit is reached. What is open goes on. */
  stopsAtLimit: z.boolean(),
})
export type UsageBudget = z.infer<typeof usageBudgetSchema>

/** Recorded once in a month for each threshold. */
export const usageThresholdEventSchema = z.object({
  id: z.string(),
  type: z.literal('usage.threshold'),
  createdAt: isoTimeSchema,
  data: z.object({
    /** Such as `2026-11`. */
    month: z.string(),
    percent: z.int(),
    monthlyLimitSeconds: z.int(),
    usedSeconds: secondsSchema,
  }),
})
export type UsageThresholdEvent = z.infer<typeof usageThresholdEventSchema>

export const usageBudgetAnswerSchema = z.object({
  ...usageBudgetSchema.shape,
  month: z.object({ start: isoTimeSchema, end: isoTimeSchema }),
  usedSeconds: secondsSchema,
  /** Of the limit, with one decimal, cut off; above 100 when more was used; null without a limit. */
  usedPercent: z.number().min(0).nullable(),
  thresholds: z.array(z.object({ percent: z.int(), seconds: secondsSchema, reached: z.boolean() })),
  /** The 20 newest, the newest first. */
  events: z.array(usageThresholdEventSchema),
})
export type UsageBudgetAnswer = z.infer<typeof usageBudgetAnswerSchema>
