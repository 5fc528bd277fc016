/** The routes of a sandbox, and what all answers have in common. */
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { authentication } from './authentication.ts'
import { checkoutSessionRoutes } from './checkout-sessions.ts'
import { customerRoutes } from './customers.ts'
import { runAccountDue } from './due.ts'
import { eventRoutes } from './events.ts'
import { expansion } from './expansion.ts'
import { idempotency } from './idempotency.ts'
import { invoiceRoutes } from './invoices.ts'
import { meterEventAdjustmentRoutes } from './meter-event-adjustments.ts'
import { meterEventSummaryRoutes } from './meter-event-summaries.ts'
import { meterEventRoutes } from './meter-events.ts'
import { meterRoutes } from './meters.ts'
import { newRequestId } from './object-id.ts'
import { checkoutPage } from './pages/checkout-page.ts'
import { overviewPage } from './pages/overview-page.ts'
import { portalPage } from './pages/portal-page.ts'
import { portalSessionRoutes } from './portal-sessions.ts'
import { priceRoutes } from './prices.ts'
import { productRoutes } from './products.ts'
import { onlyLoopbackNames, sameOrigin } from './same-origin.ts'
import { type SandboxControls, sandboxRoutes } from './sandbox-routes.ts'
import { errorBody, StripeError, tooLarge, unrecognizedUrl } from './stripe-error.ts'
import { endSubscriptionsOf } from './subscription-lifecycle.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { testClockRoutes } from './test-clock-routes.ts'
import { webhookEndpointRoutes } from './webhook-endpoints.ts'

/** Far above any request of Stripe's, far below what would hurt. */
const MAX_BODY_BYTES = 1024 * 1024

export function createApplication(controls: SandboxControls): Hono {
  const { account, faults } = controls
  const app = new Hono()

  app.onError((error, c) => answerError(c, error))
  app.notFound((c) => answerError(c, unrecognizedUrl(c.req.method, c.req.path)))

  if (controls.isLocal) app.use(onlyLoopbackNames())
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => answerError(c, tooLarge()) }))
  app.route('/', sandboxRoutes(controls))
  for (const path of ['/', '/checkout/*', '/portal/*']) app.use(path, sameOrigin())
  app.route('/', overviewPage(controls))
  app.route('/', checkoutPage(account))
  app.route('/', portalPage(account))

  for (const api of ['/v1/*', '/v2/*']) {
    app.use(api, async (c, next) => {
      await next()
      if (!c.res.headers.has('request-id')) c.res.headers.set('request-id', newRequestId())
      const version = c.req.header('stripe-version')
      if (version) c.res.headers.set('stripe-version', version)
    })
    app.use(api, faults.middleware())
    app.use(api, authentication())
    app.use(api, idempotency(account))
    app.use(api, expansion(account))
    app.use(api, async (_c, next) => {
      runAccountDue(account)
      await next()
    })
  }
  const resources = [
    checkoutSessionRoutes(account),
    customerRoutes(account, (customer) => endSubscriptionsOf(account, customer)),
    eventRoutes(account),
    invoiceRoutes(account),
    meterEventAdjustmentRoutes(account),
    meterEventSummaryRoutes(account),
    meterRoutes(account),
    portalSessionRoutes(account),
    priceRoutes(account),
    productRoutes(account),
    subscriptionRoutes(account),
    testClockRoutes(account),
    webhookEndpointRoutes(account),
  ]
  for (const routes of resources) app.route('/', routes)
  app.route('/', meterEventRoutes(account))
  return app
}

function answerError(c: Context, error: Error): Response {
  const requestId = newRequestId()
  const known = error instanceof StripeError
  if (!known) console.error(`stripe-sandbox: ${c.req.method} ${c.req.path}:`, error)
  const answer = known
    ? error
    : new StripeError({ status: 500, type: 'api_error', message: 'The sandbox failed; its log says why.' })
  c.header('request-id', requestId)
  if (answer.status === 401) c.header('www-authenticate', 'Basic realm="Stripe"')
  // Stripe tells its SDKs of a refusal that repeating cannot change.
  if (answer.status === 400) c.header('stripe-should-retry', 'false')
  if (answer.status === 409) c.header('stripe-should-retry', 'true')
  return c.json(errorBody(answer, requestId), answer.status)
}
