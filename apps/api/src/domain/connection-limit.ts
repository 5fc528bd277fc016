/** How many calls and rooms a project may let be open at once. */
import type { SubscriptionStatus } from '@radist-tech/protocol'

const paying: readonly (SubscriptionStatus | null)[] = ['active', 'trialing']

/** What the account's plan allows each of its projects. */
export const planLimit = (
  subscription: SubscriptionStatus | null,
  limits: { free: number; paid: number },
): number => (paying.includes(subscription) ? limits.paid : limits.free)

/** A limit that was agreed on beyond the plan, or set when the plan was another, may stay as it is, or be lowered. */
export const mayLimitTo = (wanted: number, current: number, allowed: number): boolean =>
  wanted <= Math.max(current, allowed)
