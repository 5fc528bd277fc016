/**
 * How customers pay. In place of cards a customer has one of a few behaviours, named by the numbers of
 * Stripe's own test cards (docs.stripe.com/testing).
 */
import { z } from 'zod'
import type { Account } from './account.ts'
import { newPaymentMethodId } from './object-id.ts'

export const CARDS = {
  works: '4242 4242 4242 4242: payments work',
  declines: '4000 0000 0000 0341: is accepted, and declines every payment',
} as const

export const cardBehaviour = z.enum(['works', 'declines'])
export type CardBehaviour = z.infer<typeof cardBehaviour>

const cardSchema = z.object({ payment_method: z.string(), behaviour: cardBehaviour })
export type Card = z.infer<typeof cardSchema>

/** The customer's card, or undefined when it gave none. */
export function cardOf(account: Account, customer: string): Card | undefined {
  const row = account.database
    .prepare('SELECT payment_method, behaviour FROM cards WHERE customer = ?')
    .get(customer)
  return row && cardSchema.parse(row)
}

/** Stores a card in place of any former one, and returns its payment method's id. */
export function storeCard(
  account: Account,
  customer: string,
  behaviour: CardBehaviour | 'none',
): string | null {
  account.database.prepare('DELETE FROM cards WHERE customer = ?').run(customer)
  if (behaviour === 'none') return null
  const paymentMethod = newPaymentMethodId()
  account.database.prepare('INSERT INTO cards VALUES (?, ?, ?)').run(customer, paymentMethod, behaviour)
  return paymentMethod
}
