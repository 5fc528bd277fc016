/**
 * D1: accounts, projects and keys, of which it is the owner, and listings of calls and rooms, which
 * are copies that the Call and Room objects keep up to date. Times are milliseconds since 1970.
 */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const projects = sqliteTable('projects', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** Calls and rooms that may be open at once. */
  connectionLimit: integer('connection_limit').notNull().default(100),
  /** Null until the project's billing account has a Stripe customer: usage accumulates until then. */
  stripeCustomerId: text('stripe_customer_id'),
  /** JSON array of the origins whose pages may use the public keys (`allowedOriginsSchema`); empty: all. */
  allowedOrigins: text('allowed_origins').notNull().default('[]'),
  createdAt: integer('created_at').notNull(),
})

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
