import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Kept nowhere: a sandbox that forgets all when it stops. */
export const IN_MEMORY = ':memory:'

/** The tables that hold nothing but objects as JSON; the fields of a filter are taken out of it. */
export const OBJECT_TABLES = [
  'products',
  'prices',
  'subscriptions',
  'invoices',
  'checkout_sessions',
  'portal_sessions',
  'test_clocks',
  'events',
  'webhook_endpoints',
] as const

export type ObjectTableName = (typeof OBJECT_TABLES)[number]

const objectTable = (name: ObjectTableName): string => `
  CREATE TABLE IF NOT EXISTS ${name} (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL
  ) STRICT;`

/** An index on a field of an object table's JSON. */
const fieldIndex = (table: ObjectTableName, field: string): string => `
  CREATE INDEX IF NOT EXISTS ${table}_by_${field} ON ${table} (json_extract(object, '$.${field}'));`

/*
 * `sequence` is the order of creation. Lists go by it, because objects made within one second have
 * the same `created`.
 */
const SCHEMA = `
  ${OBJECT_TABLES.map(objectTable).join('')}
  ${fieldIndex('prices', 'lookup_key')}
  ${fieldIndex('subscriptions', 'customer')}
  ${fieldIndex('subscriptions', 'due_at')}
  ${fieldIndex('invoices', 'customer')}
  ${fieldIndex('invoices', 'subscription')}
  ${fieldIndex('invoices', 'due_at')}
  ${fieldIndex('checkout_sessions', 'due_at')}
  ${fieldIndex('portal_sessions', 'secret')}
  ${fieldIndex('events', 'type')}

  CREATE TABLE IF NOT EXISTS customers (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    email TEXT,
    deleted INTEGER NOT NULL DEFAULT 0,
    object TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS meters (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    event_name TEXT NOT NULL,
    status TEXT NOT NULL,
    object TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_active_meter_per_event_name
    ON meters (event_name) WHERE status = 'active';

  CREATE TABLE IF NOT EXISTS meter_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    meter TEXT NOT NULL REFERENCES meters (id),
    customer TEXT NOT NULL REFERENCES customers (id),
    event_name TEXT NOT NULL,
    identifier TEXT NOT NULL,
    value INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    accepted_at_ms INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS meter_events_by_identifier ON meter_events (identifier, accepted_at_ms);
  CREATE INDEX IF NOT EXISTS meter_events_by_time ON meter_events (meter, customer, timestamp);

  CREATE TABLE IF NOT EXISTS canceled_meter_events (
    sequence INTEGER PRIMARY KEY REFERENCES meter_events (sequence)
  ) STRICT;
  CREATE VIEW IF NOT EXISTS counted_meter_events AS
    SELECT * FROM meter_events WHERE sequence NOT IN (SELECT sequence FROM canceled_meter_events);

  CREATE TABLE IF NOT EXISTS invalid_meter_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    meter TEXT NOT NULL REFERENCES meters (id),
    identifier TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    accepted_at_ms INTEGER NOT NULL,
    reported INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS invalid_meter_events_by_identifier
    ON invalid_meter_events (identifier, accepted_at_ms);
  CREATE INDEX IF NOT EXISTS invalid_meter_events_to_report
    ON invalid_meter_events (meter) WHERE reported = 0;

  CREATE TABLE IF NOT EXISTS cards (
    customer TEXT PRIMARY KEY REFERENCES customers (id),
    payment_method TEXT NOT NULL,
    behaviour TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL REFERENCES events (id),
    endpoint TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER,
    status INTEGER,
    answer TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
  CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_attempt_at_ms)
    WHERE next_attempt_at_ms IS NOT NULL;

  CREATE TABLE IF NOT EXISTS idempotent_answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    answered_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS idempotent_answers_by_age ON idempotent_answers (answered_at_ms);
`

/**
 * Opens the sandbox's database, making it and its folder where they are missing.
 *
 * @param dataFile A path, or `:memory:`.
 * @throws When the path cannot be written, or is not a database.
 */
export function openDatabase(dataFile: string): DatabaseSync {
  if (dataFile !== IN_MEMORY) mkdirSync(dirname(dataFile), { recursive: true })
  const database = new DatabaseSync(dataFile)
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;')
    database.exec(SCHEMA)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}
