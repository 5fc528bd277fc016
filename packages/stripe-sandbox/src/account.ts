import type { DatabaseSync } from 'node:sqlite'

/** The one Stripe account that a sandbox stands for: what it holds, and what time it is there. */
export interface Account {
  readonly database: DatabaseSync
  /** Milliseconds since the Unix epoch. Every rule about time asks here, so that tests can move it. */
  readonly now: () => number
  /** Where this sandbox is reached, without a slash at the end: its hosted pages are there. */
  readonly url: () => string
  /** To be called when an event was stored, so that it is delivered without waiting. */
  readonly eventStored: () => void
}

/** The account's time as Stripe writes times: whole seconds since the Unix epoch. */
export function nowInSeconds(account: Account): number {
  return Math.floor(account.now() / 1000)
}

/** Does all of the work or, when it throws, none of it. May be called within itself. */
export function inTransaction<Result>({ database }: Account, work: () => Result): Result {
  if (database.isTransaction) return work()
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
