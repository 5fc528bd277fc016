/** Faults that Stripe finds after it has taken an event, and reports by webhook. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { MeterEventAnswer } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { takeMeterErrorReport } from '../meter-error-reports.ts'
import {
  beginEach,
  HOUR,
  list,
  MINUTE,
  only,
  pass,
  passInSteps,
  path,
  project,
  resend,
  stripe,
  use,
} from '../testing/metered-project.ts'
import { request } from '../testing/project-fixture.ts'

beginEach()

describe('an error report', () => {
  let events = 0
  /** The webhook's thin event, and what it stands for. */
  async function report(identifiers: (string | null)[], errorCount = identifiers.length): Promise<void> {
    events += 1
    const id = `evt_${events}`
    const samples = identifiers.map((identifier) => ({
      error_message: 'The customer was not found.',
      request: identifier === null ? {} : { identifier },
    }))
    const type = { code: 'meter_event_customer_not_found', error_count: errorCount, sample_errors: samples }
    stripe.events.set(id, {
      id,
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      data: { reason: { error_count: errorCount, error_types: [type] } },
    })
    await takeMeterErrorReport(env, { id })
  }
  /** Stripe took 9 seconds, and says later that it does not count them. */
  async function uncounted(): Promise<MeterEventAnswer> {
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const event = await only()
    expect(event.state).toBe('delivered')
    stripe.uncounted.add(event.identifier)
    return event
  }

  it('sets aside what was delivered, once; sent again, it has a new identifier', async () => {
    const { identifier } = await uncounted()
    await report([identifier])
    expect(await only()).toMatchObject({
      identifier,
      state: 'refused',
      reason: 'stripe',
      message: 'The customer was not found.',
    })
    const answer = await (await resend(identifier)).json<MeterEventAnswer>()
    expect(answer).toMatchObject({ identifier: `${identifier}-1`, state: 'pending' })
    await pass(0)
    await report([identifier])
    expect(await only()).toMatchObject({ identifier: `${identifier}-1`, state: 'delivered' })
    expect(stripe.taken.filter((event) => !stripe.uncounted.has(event.identifier))).toMatchObject([
      { value: '9' },
    ])
    expect((await resend(identifier)).status).toBe(404)
  })

  it('leaves what it does not know: others’ identifiers, projects that do not exist, windows never sent', async () => {
    const { identifier } = await uncounted()
    await use(project, 1)
    const { meterEvents } = await list('?state=open')
    const stranger = crypto.randomUUID()
    await report([
      null,
      'somebody-elses',
      identifier.replace(project.projectId, stranger),
      `${identifier}-7`,
      meterEvents[0]?.identifier ?? '',
    ])
    expect((await list()).meterEvents.map(({ state }) => state)).toEqual(['open', 'delivered'])
    const tables = await runInDurableObject(env.PROJECT.getByName(stranger), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'meter%'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('that names only some lets the ledger be compared', async () => {
    await uncounted()
    await report([], 3)
    await passInSteps(3 * HOUR, HOUR)
    const answer = await request(path(project, 'reconciliation'), { key: project.secretKey })
    expect(await answer.json()).toMatchObject({ state: 'different', ledgerSeconds: 9, stripeSeconds: 0 })
  })

  it('that comes before the answer of the attempt itself is not overwritten by it', async () => {
    await use(project, 9)
    const { identifier } = await only()
    stripe.script.push({ beforeAnswer: () => report([identifier]) })
    await pass(MINUTE + 10_000)
    expect(stripe.taken).toHaveLength(1)
    expect(await only()).toMatchObject({ state: 'refused', reason: 'stripe' })
  })

  it('nor one that was sent again meanwhile', async () => {
    await use(project, 9)
    const { identifier } = await only()
    const reportedAndResent = async () => {
      await report([identifier])
      await resend(identifier)
    }
    stripe.script.push({ beforeAnswer: reportedAndResent })
    await pass(MINUTE + 10_000)
    expect(await only()).toMatchObject({ identifier: `${identifier}-1`, state: 'pending' })
    await pass(0)
    expect(stripe.taken.map((event) => event.identifier)).toEqual([identifier, `${identifier}-1`])
  })

  it('settles what was open', async () => {
    stripe.script.push('lose-answer')
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const { identifier } = await only()
    await report([identifier])
    await pass(MINUTE)
    expect(await only()).toMatchObject({ state: 'refused', reason: 'stripe' })
    expect(stripe.requests).toBe(1)
  })
})
