/** The routes of a sandbox, and what all answers have in common. */
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { authentication } from './authentication.ts'
import { customerRoutes } from './customers.ts'
import { idempotency } from './idempotency.ts'
import { meterEventSummaryRoutes } from './meter-event-summaries.ts'
import { meterEventRoutes } from './meter-events.ts'
import { meterRoutes } from './meters.ts'
import { newRequestId } from './object-id.ts'
import { overviewPage, PAGE_POLICY } from './overview-page.ts'
import { type SandboxControls, sandboxRoutes } from './sandbox-routes.ts'
import { errorBody, StripeError, tooLarge, unrecognizedUrl } from './stripe-error.ts'

/** Far above any request of Stripe's, far below what would hurt. */
const MAX_BODY_BYTES = 1024 * 1024

export function createApplication(controls: SandboxControls): Hono {
  const { account, faults } = controls
  const app = new Hono()

  app.onError((error, c) => answerError(c, error))
  app.notFound((c) => answerError(c, unrecognizedUrl(c.req.method, c.req.path)))

  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => answerError(c, tooLarge()) }))
  app.get('/', (c) => c.html(overviewPage(account), 200, { 'content-security-policy': PAGE_POLICY }))
  app.route('/', sandboxRoutes(controls))

  app.use('/v1/*', async (c, next) => {
    await next()
    if (!c.res.headers.has('request-id')) c.res.headers.set('request-id', newRequestId())
    const version = c.req.header('stripe-version')
    if (version) c.res.headers.set('stripe-version', version)
  })
  app.use('/v1/*', faults.middleware())
  app.use('/v1/*', authentication())
  app.use('/v1/*', idempotency(account))
  app.route('/', customerRoutes(account))
  app.route('/', meterRoutes(account))
  app.route('/', meterEventRoutes(account))
  app.route('/', meterEventSummaryRoutes(account))
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
