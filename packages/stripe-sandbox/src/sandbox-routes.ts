/** What a developer or a test can ask of the sandbox, and nobody of Stripe. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { type Faults, faultSchema } from './faults.ts'
import { acceptedMeterEvents } from './meter-events.ts'

const clockSchema = z.strictObject({
  /** How far the account's clock is ahead of the machine's; negative when behind. */
  offset_ms: z.int(),
})

export interface SandboxControls {
  account: Account
  faults: Faults
  setClockOffset: (offsetMs: number) => void
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
    return c.json({ now_ms: account.now() })
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
