import type { DatabaseSync } from 'node:sqlite'

/** The one Stripe account that a sandbox stands for: what it holds, and what time it is there. */
export interface Account {
  readonly database: DatabaseSync
  /** Milliseconds since the Unix epoch. Every rule about time asks here, so that tests can move it. */
  readonly now: () => number
}

/** The account's time as Stripe writes times: whole seconds since the Unix epoch. */
export function nowInSeconds(account: Account): number {
  return Math.floor(account.now() / 1000)
}
