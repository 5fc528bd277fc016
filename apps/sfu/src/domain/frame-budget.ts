/** How many bad frames a participant may send: a burst, refilled slowly. */

const REFILL_INTERVAL_MS = 1000

export interface FrameBudget {
  /** Bad frames that are still allowed: 0 to the burst, in fractions. */
  left: number
  at: number
}

export const fullBudget = (burst: number, now: number): FrameBudget => ({ left: burst, at: now })

/** The budget after one more bad frame, or null when that was one too many. */
export function spent(budget: FrameBudget, burst: number, now: number): FrameBudget | null {
  const refilled = Math.min(burst, budget.left + (now - budget.at) / REFILL_INTERVAL_MS)
  return refilled < 1 ? null : { left: refilled - 1, at: now }
}
