/** What a project used, what it costs, and what Stripe has of it. Bodies are those of the REST API where it has them. */
import { checkoutBodySchema, portalBodySchema } from '@radist-tech/protocol'
import type { DashboardBillingAnswer } from '@radist-tech/protocol/dashboard'
import { ApiError } from '../../api-error.ts'
import { chargedText, costOf } from '../../domain/price.ts'
import { usageRange } from '../../domain/usage-range.ts'
import type { Env } from '../../env.ts'
import { invoicesOf } from '../../invoices.ts'
import { jsonBody } from '../../json-body.ts'
import { listMeterEvents, reconciliation, resendMeterEvent } from '../../routes/meter-events.ts'
import { roomUsageReport, setUsageBudget, usageBudget, usageReport } from '../../routes/usage.ts'
import { checkoutPage, portalPage } from '../../stripe-pages.ts'
import { configuredPrice } from '../../stripe-price.ts'
import { audit } from '../audit.ts'
import { dashboardOrigin } from '../auth.ts'
import { ownBackend } from '../own-backend.ts'
import type { ActorsProject, DashboardContext, DashboardRoutes } from '../router.ts'

export function billingRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/billing', 'billing:read', async (c, { project }) =>
    c.json(await billingAnswer(c.env, project)),
  )
  routes.project('get', '/usage', 'billing:read', (c, { project }) => usageReport(c, ownBackend(project)))
  routes.project('get', '/usage/rooms', 'billing:read', (c, { project }) =>
    roomUsageReport(c, ownBackend(project)),
  )
  routes.project('get', '/budget', 'billing:read', (c, { project }) => usageBudget(c, ownBackend(project)))
  routes.project('put', '/budget', 'billing:manage', async (c, { actor, project }) => {
    const answer = await setUsageBudget(c, ownBackend(project))
    const { projectId, name } = project
    await audit(c.env, actor, { action: 'budget.changed', target: name, projectId })
    return answer
  })

  routes.project('post', '/billing/checkout', 'billing:manage', async (c, { actor, project }) => {
    const back = await jsonBody(c, checkoutBodySchema)
    requireOwn(c, back.successUrl, back.cancelUrl)
    const page = await checkoutPage(c.env, project.projectId, back)
    const { projectId, name } = project
    await audit(c.env, actor, { action: 'billing.checkout_opened', target: name, projectId })
    return c.json(page)
  })

  routes.project('post', '/billing/portal', 'billing:manage', async (c, { actor, project }) => {
    const { returnUrl } = await jsonBody(c, portalBodySchema)
    requireOwn(c, returnUrl)
    const page = await portalPage(c.env, project.projectId, returnUrl)
    const { projectId, name } = project
    await audit(c.env, actor, { action: 'billing.portal_opened', target: name, projectId })
    return c.json(page)
  })

  routes.project('get', '/billing/invoices', 'billing:read', async (c, { project }) =>
    c.json({ invoices: await invoicesOf(c.env, ownBackend(project)) }),
  )

  routes.project('get', '/billing/meter-events', 'billing:read', (c, { project }) =>
    listMeterEvents(c, ownBackend(project)),
  )
  routes.project(
    'post',
    '/billing/meter-events/:identifier/resend',
    'billing:manage',
    async (c, { actor, project }) => {
      const answer = await resendMeterEvent(c, ownBackend(project))
      const target = c.req.param('identifier') ?? ''
      await audit(c.env, actor, { action: 'meter_event.resent', target, projectId: project.projectId })
      return answer
    },
  )
  routes.project('get', '/billing/reconciliation', 'billing:read', (c, { project }) =>
    reconciliation(c, ownBackend(project), 'last'),
  )
  routes.project('post', '/billing/reconciliation', 'billing:manage', async (c, { actor, project }) => {
    const answer = await reconciliation(c, ownBackend(project), 'new')
    const { projectId, name } = project
    await audit(c.env, actor, { action: 'billing.reconciled', target: name, projectId })
    return answer
  })
}

/** Stripe sends the browser back to the dashboard, and nowhere else. */
function requireOwn(c: DashboardContext, ...addresses: string[]): void {
  const own = dashboardOrigin(c.env, c.req.raw)
  if (!addresses.every((address) => new URL(address).origin === own)) throw new ApiError('invalid_body')
}

/** Today, and the 29 days before it (UTC). */
function last30Days() {
  const range = usageRange({ from: undefined, to: undefined, granularity: 'day' }, Date.now())
  if (typeof range === 'string') throw new Error('The last 30 days are a range')
  return range
}

async function billingAnswer(env: Env, project: ActorsProject): Promise<DashboardBillingAnswer> {
  const { projectId, credential } = ownBackend(project)
  const [overview, price] = await Promise.all([
    env.PROJECT.getByName(projectId).billingOverview(projectId, credential, last30Days()),
    configuredPrice(env),
  ])
  if (!overview.ok) throw new ApiError(overview.code)
  const { seconds, ...rest } = overview.answer
  const cost = price && {
    amount: chargedText(costOf(price, BigInt(seconds)), price.currency),
    currency: price.currency,
  }
  return { last30Days: { seconds, cost }, ...rest }
}
