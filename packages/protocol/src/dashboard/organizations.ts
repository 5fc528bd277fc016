/** Bodies of `/api/dashboard` about who is signed in, organisations and their members. */
import { z } from 'zod'
import { roleSchema } from './roles.ts'

const time = z.iso.datetime()
const nameSchema = z.string().trim().min(1).max(64)

/** How long passwords are, in characters. */
export const PASSWORD_LENGTH = { least: 10, most: 128 } as const

/** What a page has to know before anybody is signed in. */
export const dashboardConfigurationSchema = z.object({
  /** Whether one can sign in with GitHub. */
  github: z.boolean(),
  environment: z.enum(['development', 'production']),
})

export const dashboardSessionSchema = z.object({
  user: z.object({
    userId: z.string(),
    email: z.string(),
    name: z.string(),
    twoFactorEnabled: z.boolean(),
  }),
  organizations: z.array(z.object({ organizationId: z.string(), name: z.string(), role: roleSchema })),
  /** Whether the user runs this installation, and so sees its SFU hosts. */
  isOperator: z.boolean(),
})
export type DashboardSession = z.infer<typeof dashboardSessionSchema>

export const organizationBodySchema = z.strictObject({ name: nameSchema })
export const organizationAnswerSchema = z.object({ organizationId: z.string(), name: z.string() })

export const memberSchema = z.object({
  memberId: z.string(),
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  joinedAt: time,
})
export const invitationSchema = z.object({
  invitationId: z.string(),
  email: z.string(),
  role: roleSchema,
  expiresAt: time,
})
export const membersAnswerSchema = z.object({
  members: z.array(memberSchema),
  /** Those that wait for an answer. */
  invitations: z.array(invitationSchema),
})
export const inviteBodySchema = z.strictObject({ email: z.email().max(254), role: roleSchema })
export const memberRoleBodySchema = z.strictObject({ role: roleSchema })
/** For whom it was sent to. */
export const receivedInvitationSchema = z.object({
  ...invitationSchema.shape,
  organizationName: z.string(),
  inviterName: z.string(),
})

export const auditEntrySchema = z.object({
  entryId: z.string(),
  at: time,
  actor: z.object({ userId: z.string(), email: z.string() }),
  projectId: z.string().nullable(),
  /** Such as `key.revoked`. */
  action: z.string(),
  target: z.string(),
  ipAddress: z.string().nullable(),
})
export const auditAnswerSchema = z.object({
  /** The newest first. */
  entries: z.array(auditEntrySchema),
  /** Goes into `before` for the older ones; null at the end. */
  next: z.string().nullable(),
})

/** `/api/dev/inbox`: what development writes instead of mails, the newest first. */
export const inboxAnswerSchema = z.object({
  mails: z.array(
    z.object({ mailId: z.string(), to: z.string(), subject: z.string(), text: z.string(), sentAt: time }),
  ),
})
