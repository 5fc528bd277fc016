/** The invoices of who pays for a project, as Stripe has them. */
import type { invoicesAnswerSchema } from '@radist-tech/protocol/dashboard'
import type { z } from 'zod'
import { authorize, type Backend } from './backend.ts'
import { unitsText } from './domain/price.ts'
import type { Env } from './env.ts'
import { stripeOf } from './stripe.ts'
import { atStripe } from './stripe-pages.ts'

/** The newest: two years of monthly ones. Stripe's portal has them all. */
const MOST_LISTED = 24

type Invoices = z.infer<typeof invoicesAnswerSchema>['invoices']

/**
 * The newest first; none of an account that Stripe does not know.
 * @throws {ApiError} `invalid_secret_key`, `payments_unavailable`
 */
export async function invoicesOf(env: Env, backend: Backend): Promise<Invoices> {
  const { stripeCustomerId: customer } = await authorize(env, backend)
  if (customer === null) return []
  const { data } = await atStripe(() => stripeOf(env).invoices.list({ customer, limit: MOST_LISTED }))
  return data.map(({ id = '', number, created, status, total, currency, hosted_invoice_url: url }) => ({
    invoiceId: id,
    number,
    createdAt: new Date(created * 1000).toISOString(),
    status: status ?? 'draft',
    total: unitsText(total, currency),
    currency,
    url: url ?? null,
  }))
}
