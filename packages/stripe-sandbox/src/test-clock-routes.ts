/** Test clocks' endpoints. Source: docs.stripe.com/api/test_clocks. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import { customersOfClock, deleteCustomer } from './customers.ts'
import { nextBoundary } from './domain/billing-period.ts'
import { runDue } from './due.ts'
import { emit } from './events.ts'
import { newTestClockId } from './object-id.ts'
import { listParameters } from './pagination.ts'
import { checkParameters, expand, formInteger, parseForm, parseQuery } from './parameters.ts'
import { intervalOf } from './prices.ts'
import {
  allObjects,
  deleteObject,
  insertObject,
  listObjects,
  replaceObject,
  requireObject,
} from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'
import { endSubscriptionsOf } from './subscription-lifecycle.ts'
import { hasEnded, priceOf, SUBSCRIPTIONS } from './subscription-record.ts'
import { TEST_CLOCKS, type TestClock } from './test-clocks.ts'

const PATH = '/v1/test_helpers/test_clocks'
const KEPT_SECONDS = 30 * 24 * 60 * 60

/** Until the year 2100: later times would only lengthen an advance. */
const frozenTime = formInteger.pipe(z.number().min(0).max(4_102_444_800))

const createParameters = z.strictObject({
  expand,
  frozen_time: frozenTime,
  name: z.string().max(300).optional(),
})

export function testClockRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const { frozen_time, name } = checkParameters(createParameters, parseForm(await c.req.text()))
    const clock = inTransaction(account, () => {
      const created = insertObject(account, TEST_CLOCKS, {
        id: newTestClockId(),
        created: nowInSeconds(account),
        frozen_time,
        name: name ?? null,
      })
      emit(account, 'test_helpers.test_clock.created', present(created))
      return created
    })
    return c.json(present(clock))
  })

  routes.get(PATH, (c) => {
    const page = checkParameters(z.strictObject({ ...listParameters, expand }), parseQuery(c.req.url))
    return c.json(listObjects(account, TEST_CLOCKS, page, PATH, {}, present))
  })

  routes.get(`${PATH}/:id`, (c) => c.json(present(requireObject(account, TEST_CLOCKS, c.req.param('id')))))

  routes.post(`${PATH}/:id/advance`, async (c) => {
    const parameters = checkParameters(
      z.strictObject({ expand, frozen_time: frozenTime }),
      parseForm(await c.req.text()),
    )
    const clock = requireObject(account, TEST_CLOCKS, c.req.param('id'))
    return c.json(present(advance(account, clock, parameters.frozen_time)))
  })

  routes.delete(`${PATH}/:id`, (c) => {
    const clock = requireObject(account, TEST_CLOCKS, c.req.param('id'))
    inTransaction(account, () => {
      // Stripe: its customers are deleted with it.
      for (const customer of customersOfClock(account, clock.id)) {
        endSubscriptionsOf(account, customer)
        deleteCustomer(account, customer)
      }
      emit(account, 'test_helpers.test_clock.deleted', present(clock))
      deleteObject(account, TEST_CLOCKS, clock.id)
    })
    return c.json({ id: clock.id, object: 'test_helpers.test_clock', deleted: true })
  })

  return routes
}

/** Moves the clock on, through everything that is due on the way. Done when it returns, unlike at Stripe. */
function advance(account: Account, clock: TestClock, to: number): TestClock {
  if (to <= clock.frozen_time) {
    throw invalid('The frozen_time must be after the test clock’s current frozen time.')
  }
  if (to > farthest(account, clock)) {
    throw invalid(
      'The frozen_time cannot be more than two intervals of the shortest subscription ahead, ' +
        'or two years without subscriptions.',
    )
  }
  return inTransaction(account, () => {
    const set = (frozen_time: number) => replaceObject(account, TEST_CLOCKS, { ...clock, frozen_time })
    runDue(account, to, clock.id, set)
    const advanced = set(to)
    emit(account, 'test_helpers.test_clock.ready', present(advanced), { at: to })
    return advanced
  })
}

/** Source: docs.stripe.com/api/test_clocks/advance, `frozen_time`. */
function farthest(account: Account, clock: TestClock): number {
  const intervals = allObjects(account, SUBSCRIPTIONS, { test_clock: clock.id })
    .filter((subscription) => !hasEnded(subscription))
    .flatMap(({ items }) => items.map((item) => intervalOf(priceOf(account, item))))
  const twice = ({ unit, count }: (typeof intervals)[number]) =>
    nextBoundary(clock.frozen_time, { unit, count: 2 * count }, clock.frozen_time)
  return Math.min(...(intervals.length > 0 ? intervals : [{ unit: 'year' as const, count: 1 }]).map(twice))
}

function present(clock: TestClock): object {
  return {
    ...clock,
    object: 'test_helpers.test_clock',
    deletes_after: clock.created + KEPT_SECONDS,
    livemode: false,
    status: 'ready',
    status_details: {},
  }
}

function invalid(message: string): StripeError {
  return new StripeError({ status: 400, message, param: 'frozen_time' })
}
