/**
 * The ledger's tables in the Project object's storage, and how those of an earlier version become them.
 * Nothing is made before the project's first usage. Days, months and hours are counted since 1970, other
 * times are milliseconds since then.
 */
import { monthOfDay } from '../domain/budget.ts'
import { prepareMeterTables } from './meter-events.ts'

/** The one that this code reads and writes. */
const VERSION = 3

/** The project whose ledger the storage holds, with today's tables; null before its first usage. */
export function openLedger(storage: DurableObjectStorage): string | null {
  const { sql } = storage
  if (!hasTable(sql, 'usage_ledger')) return null
  // The first version had no column for it, and none of these tables.
  if (!hasTable(sql, 'usage_ids')) storage.transactionSync(() => migrateFromFirst(sql))
  if (!hasTable(sql, 'usage_remainders')) storage.transactionSync(() => createThird(sql))
  prepareMeterTables(sql)
  return sql.exec<{ project_id: string }>('SELECT project_id FROM usage_ledger').one().project_id
}

export function createLedger(sql: SqlStorage, projectId: string): void {
  sql.exec(`
    CREATE TABLE usage_ledger (project_id TEXT NOT NULL);
    CREATE TABLE usage_hours (hour INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);
  `)
  createSecond(sql)
  prepareMeterTables(sql)
  sql.exec('INSERT INTO usage_ledger (project_id) VALUES (?)', projectId)
  createThird(sql)
}

/**
 * `usage_ids`: records that were taken, until the day on which a repetition is too old to be taken.
 * `usage_stays`: who used what; `reports` counts how often it grew. In both, `WITHOUT ROWID` spares a
 * second copy of the ids. `usage_days.copied`: what D1 is known to hold of `seconds`; `stays`: rows of
 * the day in `usage_stays`. `usage_months.reached`: the highest threshold of the budget, in per cent.
 * `clean_at`, `clean_after`: when the next turn of forgetting is due, and the id after which it begins.
 */
function createSecond(sql: SqlStorage): void {
  sql.exec(`
    ALTER TABLE usage_ledger ADD COLUMN version INTEGER NOT NULL DEFAULT 2;
    ALTER TABLE usage_ledger ADD COLUMN clean_at INTEGER;
    ALTER TABLE usage_ledger ADD COLUMN clean_after BLOB;
    CREATE TABLE usage_ids (id BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE usage_stays (
      day INTEGER NOT NULL,
      room BLOB NOT NULL,
      participant BLOB NOT NULL,
      seconds INTEGER NOT NULL,
      reports INTEGER NOT NULL DEFAULT 1,
      PRIMARY KEY (day, room, participant)
    ) WITHOUT ROWID;
    CREATE TABLE usage_days (
      day INTEGER PRIMARY KEY,
      seconds INTEGER NOT NULL,
      stays INTEGER NOT NULL DEFAULT 0,
      copied INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE usage_months (
      month INTEGER PRIMARY KEY,
      seconds INTEGER NOT NULL,
      reached INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE project_events (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      type TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      data TEXT NOT NULL
    );
  `)
}

/** `usage_remainders`: what participants have of a second that is not complete, and the last day it is kept. */
function createThird(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE usage_remainders (
      participant BLOB PRIMARY KEY,
      ms INTEGER NOT NULL,
      until INTEGER NOT NULL
    ) WITHOUT ROWID;
    UPDATE usage_ledger SET version = ${VERSION};
  `)
}

/**
 * Its records, whole rows in `usage_records`, stay where they are and are found there; turns of
 * forgetting move them, so that a million of them keep nobody waiting.
 */
function migrateFromFirst(sql: SqlStorage): void {
  createSecond(sql)
  sql.exec('INSERT INTO usage_days (day, seconds) SELECT hour / 24, SUM(seconds) FROM usage_hours GROUP BY 1')
  for (const { day, seconds } of sql.exec<{ day: number; seconds: number }>(
    'SELECT day, seconds FROM usage_days',
  ))
    addToMonth(sql, monthOfDay(day), seconds)
  sql.exec('UPDATE usage_ledger SET clean_at = 1')
}

/** Adds to a month's sum. */
export function addToMonth(sql: SqlStorage, month: number, seconds: number): void {
  sql.exec(
    `INSERT INTO usage_months (month, seconds) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds`,
    month,
    seconds,
  )
}

export const hasTable = (sql: SqlStorage, name: string): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name).toArray().length > 0
