/**
 * D1: accounts, projects and keys, of which it is the owner, and listings of calls and rooms, which
 * are copies that the Call and Room objects keep up to date. Times are milliseconds since 1970.
 */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './auth-schema.ts'

/**
 * Who pays, for one project or several. What Stripe says of the subscription is a copy: it is read anew
 * whenever a webhook says that something of it changed.
 */
export const billingAccounts = sqliteTable(
  'billing_accounts',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    email: text('email'),
    /** Whose projects it pays for; null for one that is older than organisations. */
    organizationId: text('organization_id').references(() => organizations.id),
    /** Null until the account is known to Stripe: usage accumulates until then. */
    stripeCustomerId: text('stripe_customer_id'),
    subscriptionId: text('subscription_id'),
    /** Stripe's word for it (docs.stripe.com/api/subscriptions/object#subscription_object-status). */
    subscriptionStatus: text('subscription_status'),
    /** Since when payment is overdue without a break; null while it is not. */
    pastDueSince: integer('past_due_since'),
    /** When Stripe was asked for what is noted here: a later answer is never overwritten by an earlier one. */
    subscriptionReadAt: integer('subscription_read_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('billing_accounts_by_customer').on(table.stripeCustomerId),
    uniqueIndex('billing_accounts_by_organization').on(table.organizationId),
  ],
)

export const projects = sqliteTable(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** Calls and rooms that may be open at once. */
    connectionLimit: integer('connection_limit').notNull().default(100),
    /** Null while nobody pays for the project. */
    billingAccountId: text('billing_account_id').references(() => billingAccounts.id),
    /** Participant seconds in a calendar month (UTC) at which the project wants to be told; null: no limit. */
    monthlyLimitSeconds: integer('monthly_limit_seconds'),
    /** Whether no room is created beyond that limit. */
    stopsAtLimit: integer('stops_at_limit', { mode: 'boolean' }).notNull().default(false),
    /** JSON array of the origins whose pages may use the public keys (`allowedOriginsSchema`); empty: all. */
    allowedOrigins: text('allowed_origins').notNull().default('[]'),
    /** Whose members see it in the dashboard; null while it is nobody's. */
    organizationId: text('organization_id').references(() => organizations.id),
    /** Of calls that are made without saying. */
    defaultAccessControl: text('default_access_control', { enum: ['public', 'private'] })
      .notNull()
      .default('public'),
    /** JSON array of ICE servers (RFC 8829) that its peers are told of besides the installation's. */
    iceServers: text('ice_servers').notNull().default('[]'),
    createdAt: integer('created_at').notNull(),
    /** Since when nothing can be made in it any more; null while it is in use. */
    archivedAt: integer('archived_at'),
  },
  (table) => [
    index('projects_by_billing_account').on(table.billingAccountId),
    index('projects_by_organization').on(table.organizationId, table.createdAt),
  ],
)

export const secretKeys = sqliteTable(
  'secret_keys',
  {
    /** SHA-256 of the key, hex; the key itself is nowhere. */
    hash: text('hash').primaryKey(),
    /** By which the dashboard names it: says nothing of the key, and cannot be taken for its hash. */
    id: text('id').generatedAlwaysAs(sql`'key_' || substr(hash, 1, 24)`, { mode: 'virtual' }),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    name: text('name').notNull(),
    /** The key's last four characters, by which people tell keys apart. */
    lastFour: text('last_four').notNull(),
    createdAt: integer('created_at').notNull(),
    /** The user's id; null for a key that was not made in the dashboard. */
    createdBy: text('created_by'),
    /** Some minutes late; null while it was never used. */
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('secret_keys_by_project').on(table.projectId),
    uniqueIndex('secret_keys_by_id').on(table.id),
  ],
)

export const publicKeys = sqliteTable(
  'public_keys',
  {
    key: text('key').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    createdAt: integer('created_at').notNull(),
    /** From when on it is good for nothing, since another took its place; null while it stays. */
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('public_keys_by_project').on(table.projectId)],
)

/**
 * `sequence` numbers a project's calls 1..n without gaps, so that a page is a range on an index,
 * whichever page it is.
 */
export const calls = sqliteTable(
  'calls',
  {
    callId: text('call_id').primaryKey(),
    projectId: text('project_id').notNull(),
    sequence: integer('sequence').notNull(),
    accessControl: text('access_control', { enum: ['public', 'private'] }).notNull(),
    createdAt: integer('created_at').notNull(),
    tombstonedAt: integer('tombstoned_at'),
    /** How many peers ever joined, and why it ended; null until then. */
    peerCount: integer('peer_count'),
    endedReason: text('ended_reason'),
  },
  (table) => [
    uniqueIndex('calls_by_project_sequence').on(table.projectId, table.sequence),
    index('calls_by_project_time').on(table.projectId, table.createdAt),
  ],
)

export const rooms = sqliteTable(
  'rooms',
  {
    roomId: text('room_id').primaryKey(),
    projectId: text('project_id').notNull(),
    sequence: integer('sequence').notNull(),
    createdAt: integer('created_at').notNull(),
    closedAt: integer('closed_at'),
    /** How many participants were ever admitted, and why it was closed; null until then. */
    participantCount: integer('participant_count'),
    closedReason: text('closed_reason'),
  },
  (table) => [
    uniqueIndex('rooms_by_project_sequence').on(table.projectId, table.sequence),
    index('rooms_by_project_time').on(table.projectId, table.createdAt),
  ],
)

/** A copy of what each project's ledger holds, by day. A day is counted since 1970, in UTC. */
export const usageDays = sqliteTable(
  'usage_days',
  {
    projectId: text('project_id').notNull(),
    day: integer('day').notNull(),
    seconds: integer('seconds').notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.day] })],
)

/** Webhook events of Stripe's that were received, so that each is acted upon once. */
export const stripeEvents = sqliteTable(
  'stripe_events',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    receivedAt: integer('received_at').notNull(),
    /** Null while it is worked on, or after that failed: Stripe sends it again. */
    processedAt: integer('processed_at'),
  },
  (table) => [index('stripe_events_by_time').on(table.receivedAt)],
)

/** Where a project's events are sent. */
export const webhookEndpoints = sqliteTable(
  'webhook_endpoints',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    url: text('url').notNull(),
    description: text('description').notNull(),
    /** JSON array of event types. */
    eventTypes: text('event_types').notNull(),
    /** `whsec_…`: signs what is sent, so it has to be known (standardwebhooks.com, "Symmetric"). */
    secret: text('secret').notNull(),
    /** The one before it, that signs as well until `previousExpiresAt`. */
    previousSecret: text('previous_secret'),
    previousExpiresAt: integer('previous_expires_at'),
    /** Since when nothing is sent to it; null while it is enabled. */
    disabledAt: integer('disabled_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('webhook_endpoints_by_project').on(table.projectId, table.createdAt)],
)

/** Who did what to keys, members, billing, settings and rooms. Only ever added to. */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    projectId: text('project_id'),
    actorId: text('actor_id').notNull(),
    /** As it was then. */
    actorEmail: text('actor_email').notNull(),
    /** Such as `key.revoked`. */
    action: text('action').notNull(),
    /** What it was done to: an id, a name or an address, never a secret. */
    target: text('target').notNull(),
    ipAddress: text('ip_address'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('audit_entries_by_organization').on(table.organizationId, table.createdAt)],
)

/** Mails of an installation that sends none: development's inbox. */
export const inboxMails = sqliteTable(
  'inbox_mails',
  {
    id: text('id').primaryKey(),
    recipient: text('recipient').notNull(),
    subject: text('subject').notNull(),
    text: text('text').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('inbox_mails_by_time').on(table.createdAt)],
)
