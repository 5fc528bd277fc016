/** What a developer or a test can ask of the sandbox, and nobody of Stripe. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { cardBehaviour } from './cards.ts'
import { giveCard } from './customers.ts'
import { runAccountDue } from './due.ts'
import { type Faults, faultSchema } from './faults.ts'
import { acceptedMeterEvents } from './meter-events.ts'

/** Ten years: whatever is due on the way happens at once. */
const FARTHEST_MS = 10 * 366 * 24 * 60 * 60 * 1000

const cardSchema = z.strictObject({ card: z.union([cardBehaviour, z.literal('none')]) })

const clockSchema = z.strictObject({
  /** How far the account's clock is ahead of the machine's; negative when behind. */
  offset_ms: z.int().min(-FARTHEST_MS).max(FARTHEST_MS),
})

export interface SandboxControls {
  account: Account
  faults: Faults
  setClockOffset: (offsetMs: number) => void
  /** Whether only this machine can reach the sandbox. */
  isLocal: boolean
}

export function sandboxRoutes({ account, faults, setClockOffset }: SandboxControls): Hono {
  const routes = new Hono()

  routes.get('/health', (c) => c.json({ ok: true }))

  routes.get('/_sandbox/meter_events', (c) => {
    const filter = { eventName: c.req.query('event_name'), customer: c.req.query('customer') }
    return c.json({ data: acceptedMeterEvents(account, filter) })
  })

  routes.get('/_sandbox/faults', (c) => c.json({ data: faults.pending }))

  routes.post('/_sandbox/faults', async (c) => {
    const fault = await readJson(c, faultSchema)
    if (!fault.success) return c.json({ error: z.prettifyError(fault.error) }, 400)
    faults.add(fault.data)
    return c.json(fault.data)
  })

  routes.delete('/_sandbox/faults', (c) => {
    faults.clear()
    return c.json({ data: [] })
  })

  routes.post('/_sandbox/clock', async (c) => {
    const clock = await readJson(c, clockSchema)
    if (!clock.success) return c.json({ error: z.prettifyError(clock.error) }, 400)
    setClockOffset(clock.data.offset_ms)
    runAccountDue(account)
    return c.json({ now_ms: account.now() })
  })

  routes.post('/_sandbox/customers/:id/card', async (c) => {
    const given = await readJson(c, cardSchema)
    if (!given.success) return c.json({ error: z.prettifyError(given.error) }, 400)
    return c.json(giveCard(account, c.req.param('id'), given.data.card))
  })

  return routes
}

/**
 * Asks for JSON by its content type, which a page of another origin cannot send without the browser
 * asking first: no web site a developer visits can set faults here.
 */
async function readJson<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.ZodSafeParseResult<z.output<Schema>>> {
  const isJson = c.req.header('content-type')?.split(';', 1)[0]?.trim() === 'application/json'
  const body: unknown = isJson ? await c.req.json().catch(() => undefined) : undefined
  return schema.safeParse(body)
}
