/** `/api/v1/projects/:projectId/billing`: whether the project's account may create, and where it pays. */
import { checkoutBodySchema, portalBodySchema } from '@radist-tech/protocol'
import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, backendOf } from '../backend.ts'
import { configOf, type Env } from '../env.ts'
import { checkoutPage, portalPage } from '../stripe-pages.ts'

export const billing = new Hono<{ Bindings: Env }>()

billing.get('/', async (c) => {
  const { projectId, credential } = backendOf(c)
  const state = await c.env.PROJECT.getByName(projectId).billing(projectId, credential)
  if (!state.ok) throw new ApiError(state.code)
  return c.json(state.billing)
})

billing.post('/checkout', async (c) => {
  const backend = backendOf(c)
  const back = await authorizedBody(c, backend, checkoutBodySchema)
  await authorize(c.env, backend)
  requireSafe(c.env, back.successUrl, back.cancelUrl)
  return c.json(await checkoutPage(c.env, backend.projectId, back))
})

billing.post('/portal', async (c) => {
  const backend = backendOf(c)
  const { returnUrl } = await authorizedBody(c, backend, portalBodySchema)
  await authorize(c.env, backend)
  requireSafe(c.env, returnUrl)
  return c.json(await portalPage(c.env, backend.projectId, returnUrl))
})

/** Without TLS only on developers' machines. */
function requireSafe(env: Env, ...addresses: string[]): void {
  const isDevelopment = configOf(env).RADIST_ENVIRONMENT === 'development'
  const isSafe = (address: string) => isDevelopment || new URL(address).protocol === 'https:'
  if (!addresses.every(isSafe)) throw new ApiError('invalid_body')
}
