/** How long a delivery waits before it is tried again. */

const FIRST_MS = 1000
const LONGEST_MS = 300_000

/**
 * Milliseconds until the next attempt after `failures` failed ones (from 1): 1 s, doubled each time,
 * 5 min at most. `random` (0 to 1) takes up to a fifth off, so that objects that failed together do
 * not come back together.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20))
  return Math.round(full * (1 - 0.2 * random))
}
