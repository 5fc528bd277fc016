/** The page a developer opens to see what Stripe would have been told, and to make it fail. */
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Account } from '../account.ts'
import { cardBehaviour } from '../cards.ts'
import { giveCard, latestCustomers } from '../customers.ts'
import { latestDeliveries } from '../deliveries.ts'
import { runAccountDue } from '../due.ts'
import { queueDelivery, requireEvent } from '../events.ts'
import { type Fault, faultSchema } from '../faults.ts'
import { acceptedMeterEvents, meterTotals } from '../meter-events.ts'
import { allMeters } from '../meters.ts'
import type { SandboxControls } from '../sandbox-routes.ts'
import { allObjects, requireObject } from '../stored-objects.ts'
import { StripeError } from '../stripe-error.ts'
import { SUBSCRIPTIONS } from '../subscription-record.ts'
import { WEBHOOK_ENDPOINTS } from '../webhook-endpoints.ts'
import { answerPage, type Markup, utc } from './layout.ts'
import {
  customersTable,
  deliveriesTable,
  meterEventsTable,
  metersTable,
  subscriptionsTable,
  totalsTable,
} from './overview-tables.ts'

const LATEST_EVENTS = 50
const LATEST_CUSTOMERS = 100
const LATEST_SUBSCRIPTIONS = 100
const LATEST_DELIVERIES = 50
const HOUR_MS = 60 * 60 * 1000
const YEAR_HOURS = 366 * 24

const wholeNumber = z
  .string()
  .regex(/^-?\d{1,6}$/, { error: 'must be a whole number' })
  .transform(Number)

const form = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('fault'),
    path: z.string(),
    method: z.string(),
    times: wholeNumber,
    when: z.string(),
    answer: z.string(),
  }),
  z.object({ action: z.literal('clear-faults') }),
  z.object({
    action: z.literal('card'),
    customer: z.string(),
    card: z.union([cardBehaviour, z.literal('none')]),
  }),
  z.object({
    action: z.literal('clock'),
    hours: wholeNumber.pipe(z.number().min(-YEAR_HOURS).max(YEAR_HOURS)),
  }),
  z.object({ action: z.literal('send-again'), event: z.string(), endpoint: z.string() }),
])

type Action = z.output<typeof form>

export function overviewPage(controls: SandboxControls): Hono {
  const routes = new Hono()

  routes.get('/', (c) => {
    runAccountDue(controls.account)
    return show(c, controls)
  })

  routes.post('/', async (c) => {
    const given = form.safeParse(await c.req.parseBody())
    if (!given.success) return show(c, controls, z.prettifyError(given.error))
    try {
      carryOut(controls, given.data)
    } catch (error) {
      if (error instanceof StripeError) return show(c, controls, error.message)
      if (error instanceof z.ZodError) return show(c, controls, z.prettifyError(error))
      throw error
    }
    return c.redirect('/', 303)
  })

  return routes
}

/** @throws StripeError or ZodError that says what is wrong with the form. */
function carryOut({ account, faults, setClockOffset }: SandboxControls, given: Action): void {
  switch (given.action) {
    case 'fault': {
      const { action: _, answer, ...fault } = given
      faults.add(faultSchema.parse({ ...fault, answer: /^\d+$/.test(answer) ? Number(answer) : answer }))
      return
    }
    case 'clear-faults':
      faults.clear()
      return
    case 'card':
      giveCard(account, given.customer, given.card)
      return
    case 'clock':
      setClockOffset(given.hours * HOUR_MS)
      runAccountDue(account)
      return
    case 'send-again': {
      const { id } = requireObject(account, WEBHOOK_ENDPOINTS, given.endpoint)
      queueDelivery(account, requireEvent(account, given.event).id, id)
      account.eventStored()
      return
    }
    default:
      given satisfies never
  }
}

function show(c: Context, controls: SandboxControls, wrong?: string): Response | Promise<Response> {
  const { account, faults } = controls
  const totals = meterTotals(account)
  const subscriptions = allObjects(account, SUBSCRIPTIONS).slice(-LATEST_SUBSCRIPTIONS).reverse()
  const content = html`
<p class="note">Answers in Stripe's place. Nobody is charged. The account's clock says ${utc(account.now())}.</p>
${wrong === undefined ? '' : html`<p class="fault" role="alert">${wrong}</p>`}
${metersTable(allMeters(account), totals)}
${totalsTable(totals)}
${customersTable(account, latestCustomers(account, LATEST_CUSTOMERS))}
${subscriptionsTable(subscriptions)}
${meterEventsTable(acceptedMeterEvents(account, { latest: LATEST_EVENTS }).reverse())}
${deliveriesTable(account, latestDeliveries(account, LATEST_DELIVERIES))}
${faultForms(faults.pending)}
${clockForm(account)}`
  return answerPage(c, content, { title: 'Stripe sandbox' }, wrong === undefined ? 200 : 400)
}

function faultForms(pending: readonly Fault[]): Markup {
  return html`<h2>Faults</h2>
<form method="post" class="row">
<input type="hidden" name="action" value="fault">
<label>The next <input name="times" value="1" size="4" inputmode="numeric" required> requests</label>
${choice('method', ['POST', 'GET', 'DELETE'])}
<label>to <input name="path" value="/v1/billing/meter_events" size="32" required></label>
<label>get ${choice('answer', ['500', '429', 'hang', 'report-later'])}</label>
${choice('when', ['before', 'after'])} they are carried out <button>Inject</button>
</form>
${
  pending.length === 0
    ? html`<p class="note">None to come.</p>`
    : html`<ul>${pending.map(
        ({ times, method, path, when, answer }) =>
          html`<li>${times} × ${method} ${path}: ${answer}, ${when}</li>`,
      )}</ul>
<form method="post"><button name="action" value="clear-faults">Forget them</button></form>`
}`
}

function choice(name: string, options: readonly string[]): Markup {
  return html`<select name="${name}" aria-label="${name}">${options.map((option) => html`<option>${option}</option>`)}</select>`
}

function clockForm(account: Account): Markup {
  const hours = Math.round((account.now() - Date.now()) / HOUR_MS)
  return html`<h2>Clock</h2>
<form method="post" class="row">
<input type="hidden" name="action" value="clock">
<label>Hours ahead of the machine's clock <input name="hours" value="${hours}" size="6" inputmode="numeric" required></label>
<button>Set</button>
</form>`
}
