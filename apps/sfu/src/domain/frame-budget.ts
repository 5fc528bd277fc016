/** How many bad frames a participant may send: a burst, refilled slowly. */

export const BAD_FRAME_BURST = 20
const REFILL_INTERVAL_MS = 1000

export interface FrameBudget {
  /** Bad frames that are still allowed: 0 to {@link BAD_FRAME_BURST}, in fractions. */
  left: number
  at: number
}

export const fullBudget = (now: number): FrameBudget => ({ left: BAD_FRAME_BURST, at: now })

/** The budget after one more bad frame, or null when that was one too many. */
export function spent(budget: FrameBudget, now: number): FrameBudget | null {
  const refilled = Math.min(BAD_FRAME_BURST, budget.left + (now - budget.at) / REFILL_INTERVAL_MS)
  return refilled < 1 ? null : { left: refilled - 1, at: now }
}
