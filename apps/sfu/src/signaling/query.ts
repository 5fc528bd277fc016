/** The query with which a participant opens its WebSocket. */
import { participantIdSchema, roomIdSchema } from '@radist-tech/protocol'
import { z } from 'zod'

const MAX_TOKEN_LENGTH = 4096

const publicKey = z.string().min(1).max(256)

const joinQuerySchema = z.strictObject({
  publicKey,
  roomToken: z.string().min(1).max(MAX_TOKEN_LENGTH),
})
export type JoinQuery = z.infer<typeof joinQuerySchema>

const resumeQuerySchema = z.strictObject({
  publicKey,
  roomId: roomIdSchema,
  participantId: participantIdSchema,
  reconnectToken: z.string().min(1).max(256),
  lastSeq: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .optional(),
})
export type ResumeQuery = z.infer<typeof resumeQuerySchema>

export type SignalingQuery = { for: 'join'; query: JoinQuery } | { for: 'resume'; query: ResumeQuery }

/** What the query asks for, or null when it has not the form of either. */
export function parseSignalingQuery(text: string): SignalingQuery | null {
  const parameters = new URLSearchParams(text)
  // A parameter given twice could mean one thing here and another at a proxy's filter.
  if (new Set(parameters.keys()).size !== [...parameters.keys()].length) return null
  const fields = Object.fromEntries(parameters)
  const join = joinQuerySchema.safeParse(fields)
  if (join.success) return { for: 'join', query: join.data }
  const resume = resumeQuerySchema.safeParse(fields)
  return resume.success ? { for: 'resume', query: resume.data } : null
}
