/**
 * D1: accounts, projects and keys, of which it is the owner, and listings of calls and rooms, which
 * are copies that the Call and Room objects keep up to date. Times are milliseconds since 1970.
 */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

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
  (table) => [uniqueIndex('billing_accounts_by_customer').on(table.stripeCustomerId)],
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
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('projects_by_billing_account').on(table.billingAccountId)],
)

export const secretKeys = sqliteTable(
  'secret_keys',
  {
    /** SHA-256 of the key, hex; the key itself is nowhere. */
    hash: text('hash').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    name: text('name').notNull(),
    /** The key's last four characters, by which people tell keys apart. */
    lastFour: text('last_four').notNull(),
    createdAt: integer('created_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('secret_keys_by_project').on(table.projectId)],
)

export const publicKeys = sqliteTable(
  'public_keys',
  {
    key: text('key').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    createdAt: integer('created_at').notNull(),
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
  },
  (table) => [uniqueIndex('calls_by_project_sequence').on(table.projectId, table.sequence)],
)

export const rooms = sqliteTable(
  'rooms',
  {
    roomId: text('room_id').primaryKey(),
    projectId: text('project_id').notNull(),
    sequence: integer('sequence').notNull(),
    createdAt: integer('created_at').notNull(),
    closedAt: integer('closed_at'),
  },
  (table) => [uniqueIndex('rooms_by_project_sequence').on(table.projectId, table.sequence)],
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
