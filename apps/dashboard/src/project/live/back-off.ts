/** How long to wait before a socket that was lost is opened again. */

const FIRST_MS = 500
const MOST_MS = 30_000
/** "Service restart" (IANA's registry of close codes): the server asks to come again. */
const SERVICE_RESTART = 1012
/** 4000 + 401, 403, 404: it would be refused again. */
const REFUSALS = new Set([4401, 4403, 4404])

/** Whether a socket closed with this code is not to be opened again. */
export const isRefusal = (closeCode: number): boolean => REFUSALS.has(closeCode)

/**
 * Milliseconds until the next attempt: doubled at each failure, and spread, so that all pages of a Worker that
 * restarts do not come back in one moment.
 *
 * @param failures attempts in a row that brought nothing, 0 after a socket that worked
 * @param random 0 to 1
 */
export function waitBefore(closeCode: number, failures: number, random: number): number {
  if (closeCode === SERVICE_RESTART && failures === 0) return 0
  const longest = Math.min(MOST_MS, FIRST_MS * 2 ** failures)
  return Math.round(longest / 2 + (longest / 2) * random)
}
