/** How long to wait between attempts to reach the server again, in milliseconds. */
const BASE_DELAY_MS = 400
const MAX_DELAY_MS = 8000

/**
 * Exponential back-off with "equal jitter": half of the delay is fixed, half is random, so that
 * clients that lost the same server neither come back all at once nor at once each.
 *
 * @param attempt 0 for the first attempt after the connection was lost
 * @param random a number from 0 (inclusive) to 1 (exclusive)
 * @param longest the longest delay, in ms
 */
export function backOffDelay(attempt: number, random: number, longest = MAX_DELAY_MS): number {
  const ceiling = Math.min(longest, BASE_DELAY_MS * 2 ** Math.min(attempt, 30))
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}
