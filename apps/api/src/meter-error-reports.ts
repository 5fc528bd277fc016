/**
 * `v1.billing.meter.error_report_triggered`: Stripe has taken meter events, looked at them later, and
 * counts some of them not (docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api#handle-meter-event-errors).
 */
import { eq, isNotNull } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import { billingAccounts, projects } from '../../../drizzle/schema.ts'
import { readMeterEventIdentifier } from './domain/ledger.ts'
import type { Env } from './env.ts'
import { stripeOf } from './stripe.ts'

/** Of its `data` only what is needed; the thin event that a webhook brings has none. */
const reportSchema = z.object({
  data: z.object({
    reason: z.object({
      error_count: z.number(),
      error_types: z.array(
        z.object({
          sample_errors: z.array(
            z.object({
              error_message: z.string(),
              request: z.object({ identifier: z.string().nullish() }).nullish(),
            }),
          ),
        }),
      ),
    }),
  }),
})

/** Projects that are asked to compare, when Stripe does not name all of a report's events. */
const MAX_COMPARED = 500
const LONGEST_MESSAGE = 500

/**
 * Sets aside the events that the report names, and where it names only some lets the projects compare
 * their ledgers with Stripe's sums. Throws when Stripe, D1 or an object does not answer: Stripe sends the
 * webhook again, and taking it twice does no harm.
 */
export async function takeMeterErrorReport(env: Env, event: { id: string }): Promise<void> {
  const report = reportSchema.parse(await stripeOf(env).v2.core.events.retrieve(event.id))
  const { error_count, error_types } = report.data.reason
  const samples = error_types
    .flatMap(({ sample_errors }) => sample_errors)
    .flatMap(({ request, error_message }) => {
      const named = readMeterEventIdentifier(request?.identifier ?? '')
      if (!named || !request?.identifier) return []
      const message = error_message.slice(0, LONGEST_MESSAGE)
      return [{ projectId: named.projectId, identifier: request.identifier, message }]
    })
  for (const [projectId, errors] of Map.groupBy(samples, (sample) => sample.projectId))
    await env.PROJECT.getByName(projectId).takeMeterErrors(errors)
  if (error_count > samples.length) await letAllCompare(env)
}

/** Whose events the unnamed ones are, Stripe does not say. */
async function letAllCompare(env: Env): Promise<void> {
  const paidFor = await drizzle(env.DB)
    .select({ projectId: projects.id })
    .from(projects)
    .innerJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
    .where(isNotNull(billingAccounts.stripeCustomerId))
    .limit(MAX_COMPARED + 1)
  if (paidFor.length > MAX_COMPARED)
    console.error(
      JSON.stringify({
        message: 'meter errors without identifiers: more projects than are compared at once',
      }),
    )
  const compared = paidFor.slice(0, MAX_COMPARED)
  await Promise.all(compared.map(({ projectId }) => env.PROJECT.getByName(projectId).reconcileSoon()))
}
