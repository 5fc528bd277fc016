import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Kept nowhere: a sandbox that forgets all when it stops. */
export const IN_MEMORY = ':memory:'

/*
 * `sequence` is the order of creation. Lists go by it, because objects made within one second have
 * the same `created`.
 */
const SCHEMA = `
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
