/** The Worker's routes, one file per resource, and the one place where errors become answers. */
import { Hono } from 'hono'
import { ApiError, answerError } from './api-error.ts'
import { corsForPublicKeys, refuseSecretKeysOfBrowsers } from './browsers.ts'
import { auth } from './dashboard/auth-endpoints.ts'
import { dashboardRoutes } from './dashboard/dashboard.ts'
import { configOf, type Env } from './env.ts'
import { errorText } from './error-text.ts'
import { countFailedAttempts } from './failed-attempts.ts'
import { methodsOf } from './methods-of-path.ts'
import { billing } from './routes/billing.ts'
import { callTokens } from './routes/call-tokens.ts'
import { calls } from './routes/calls.ts'
import { devInbox } from './routes/dev-inbox.ts'
import { devPlayground } from './routes/dev-playground.ts'
import { meterEvents } from './routes/meter-events.ts'
import { p2pSignaling } from './routes/p2p-signaling.ts'
import { reference } from './routes/reference.ts'
import { rooms } from './routes/rooms.ts'
import { sfu } from './routes/sfu.ts'
import { stripeWebhooks } from './routes/stripe-webhooks.ts'
import { usage } from './routes/usage.ts'
import { wellKnown } from './routes/well-known.ts'

export const app = new Hono<{ Bindings: Env }>()

app.get('/health', (c) => {
  configOf(c.env)
  return c.json({ ok: true })
})
app.route('/', reference)

const publicKeyPaths = ['/api/v1/p2p/calls/*', '/api/v1/sfu/rooms/:roomId/locate']
for (const path of publicKeyPaths) app.use(path, countFailedAttempts('public'), corsForPublicKeys)
for (const path of ['/api/v1/projects/*', '/api/v1/sfu/hosts']) app.use(path, countFailedAttempts('secret'))
app.use('/api/v1/*', refuseSecretKeysOfBrowsers)

app.route('/api/v1/projects/:projectId/calls', calls)
app.route('/api/v1/projects/:projectId/rooms', rooms)
app.route('/api/v1/projects/:projectId/usage', usage)
app.route('/api/v1/projects/:projectId/billing', billing)
app.route('/api/v1/stripe/webhooks', stripeWebhooks)
app.route('/api/v1/projects/:projectId/billing', meterEvents)
app.route('/api/v1/p2p/calls', callTokens)
app.route('/api/v1/p2p/signaling', p2pSignaling)
app.route('/api/v1/sfu', sfu)
app.route('/api/auth', auth)
app.route('/api/dashboard', dashboardRoutes.app)
app.route('/api/dev/inbox', devInbox)
app.route('/api/dev/playground', devPlayground)
app.route('/.well-known', wellKnown)

app.notFound((c) => {
  const allowed = methodsOf(app, c.req.path)
  if (allowed.length === 0) return answerError(c, 'not_found')
  c.header('allow', [...allowed, 'OPTIONS'].join(', '))
  return c.req.method === 'OPTIONS' ? c.body(null, 204) : answerError(c, 'method_not_allowed')
})
app.onError((error, c) => {
  if (error instanceof ApiError) return answerError(c, error.code)
  // The path without its query: queries carry tokens.
  console.error(JSON.stringify({ message: 'request failed', path: c.req.path, error: errorText(error) }))
  return answerError(c, 'internal')
})
