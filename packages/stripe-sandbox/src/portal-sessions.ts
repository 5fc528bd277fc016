/** Sessions of the customer portal. Source: docs.stripe.com/api/customer_portal/sessions. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, nowInSeconds } from './account.ts'
import { livingCustomer } from './customers.ts'
import { newPortalSecret, newPortalSessionId } from './object-id.ts'
import { checkParameters, expand, parseForm, webAddress } from './parameters.ts'
import { allObjects, insertObject, type Resource } from './stored-objects.ts'

/** The portal's only configuration. */
const CONFIGURATION = 'bpc_ofTheSandbox'

const createParameters = z.strictObject({
  configuration: z.literal(CONFIGURATION).optional(),
  customer: z.string().min(1),
  expand,
  locale: z.string().optional(),
  return_url: webAddress.optional(),
})

const portalSessionSchema = z.object({
  id: z.string(),
  created: z.number(),
  customer: z.string(),
  locale: z.string().nullable(),
  return_url: z.string().nullable(),
  secret: z.string(),
})

export type PortalSession = z.infer<typeof portalSessionSchema>

export const PORTAL_SESSIONS: Resource<PortalSession> = {
  table: 'portal_sessions',
  kind: 'portal session',
  schema: portalSessionSchema,
}

export function portalSessionRoutes(account: Account): Hono {
  const routes = new Hono()
  routes.post('/v1/billing_portal/sessions', async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    const session = insertObject(account, PORTAL_SESSIONS, {
      id: newPortalSessionId(),
      created: nowInSeconds(account),
      customer: livingCustomer(account, parameters.customer, 'customer').id,
      locale: parameters.locale ?? null,
      return_url: parameters.return_url ?? null,
      secret: newPortalSecret(),
    })
    return c.json(present(account, session))
  })
  return routes
}

/** The session whose page has the secret in its address. */
export function findPortalSession(account: Account, secret: string): PortalSession | undefined {
  return allObjects(account, PORTAL_SESSIONS, { secret })[0]
}

function present(account: Account, { secret, ...session }: PortalSession): object {
  return {
    ...session,
    object: 'billing_portal.session',
    configuration: CONFIGURATION,
    customer_account: null,
    flow: null,
    livemode: false,
    on_behalf_of: null,
    url: `${account.url()}/portal/${secret}`,
  }
}
