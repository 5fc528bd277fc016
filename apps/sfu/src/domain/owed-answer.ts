/** How long a media worker owes an answer: one that does for too long hangs, and is replaced. */

/**
 * After another look, in ms. A look that comes late says nothing of the worker: this process had no time or slept,
 * and an answer that came meanwhile is not read yet.
 * @param sinceLookMs since the look before
 * @param intervalMs between looks
 */
export const owedAfter = (owedMs: number, sinceLookMs: number, intervalMs: number): number =>
  owedMs + Math.min(sinceLookMs, intervalMs)
