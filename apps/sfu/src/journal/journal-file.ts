/** The journal's file: opened, checked, brought to the present tables, and set aside when it is damaged. */
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { describeError } from '../logger.ts'
import { migrateFirstJournal } from './first-journal.ts'
import { ADD_REMAINDERS, SCHEMA, VERSION } from './schema.ts'

const FILE_NAME = 'journal.sqlite'
const DAMAGED = `${FILE_NAME}.damaged-`
/** SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html). */
const DAMAGE_CODES = [11, 26]
/** SQLite cuts its log back to this after a checkpoint. */
const LOG_BYTES = 4 * 1024 * 1024

const versionRowSchema = z.object({ user_version: z.int() })
const checkRowsSchema = z.array(z.object({ quick_check: z.string() }))

/**
 * Opens the journal, made if missing. What a crash left half-written SQLite leaves out itself. A file that is
 * damaged beyond that is renamed, and a new one begun: the host serves on, and what the old one holds can
 * still be looked at.
 * @param damaged told where the damaged file is now, and what is wrong with it
 * @throws when the disk refuses, or a newer version wrote the journal
 */
export function openJournalFile(
  dataDir: string,
  damaged: (path: string, reason: string) => void,
): DatabaseSync {
  const path = join(dataDir, FILE_NAME)
  try {
    return openChecked(path)
  } catch (error) {
    if (!isDamage(error)) throw error
    const aside = join(dataDir, DAMAGED + new Date().toISOString().replaceAll(/[-:.]/g, ''))
    // With its log, which belongs to the file of the same name.
    for (const suffix of ['-wal', '-shm', '']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
    }
    damaged(aside, describeError(error))
    return openChecked(path)
  }
}

/** How many damaged journals lie in the directory, until somebody has looked after them. */
export const damagedJournals = (dataDir: string): number =>
  readdirSync(dataDir).filter((name) => name.startsWith(DAMAGED) && !/-(wal|shm)$/.test(name)).length

class Damage extends Error {}

const isDamage = (error: unknown): boolean =>
  error instanceof Damage ||
  (error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    // The low byte: extended codes carry more above it.
    DAMAGE_CODES.includes(error.errcode & 0xff))

function openChecked(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    const [problem] = checkRowsSchema.parse(database.prepare('PRAGMA quick_check(1)').all())
    if (problem && problem.quick_check !== 'ok') throw new Damage(problem.quick_check)
    const { user_version: version } = versionRowSchema.parse(database.prepare('PRAGMA user_version').get())
    if (version > VERSION)
      throw new Error(`RADIST_SFU_DATA_DIR: its journal was written by a newer version (${version})`)
    // Before the first table is made: lets the file shrink when a backlog has been delivered.
    if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${LOG_BYTES}`,
    )
    if (version < VERSION) bringUpToDate(database, version)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function bringUpToDate(database: DatabaseSync, version: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    if (version === 0) {
      database.exec(SCHEMA)
      migrateFirstJournal(database)
    } else {
      database.exec(ADD_REMAINDERS)
    }
    database.exec(`PRAGMA user_version = ${VERSION}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  // Also gives a file of the first form the setting with which it can shrink.
  if (version === 0) database.exec('VACUUM')
}
