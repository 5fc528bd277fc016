/** The ledger's windows compared with what Stripe says it counted. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { describe, expect, it } from 'vitest'
import { projects } from '../../../../drizzle/schema.ts'
import {
  beginEach,
  DAY,
  HOUR,
  MINUTE,
  objectOf,
  pass,
  passInSteps,
  path,
  project,
  reconcile,
  stripe,
  use,
} from '../testing/metered-project.ts'
import { newProject, request } from '../testing/project-fixture.ts'

beginEach()

describe('reconciliation', () => {
  it('is made daily while there is usage, and not for ever', async () => {
    /** Later there are the ledger's weekly turns of forgetting. */
    const isDueWithinADay = async () => {
      const alarm = await runInDurableObject(objectOf(project), (_, { storage }) => storage.getAlarm())
      return alarm !== null && alarm <= Date.now() + DAY
    }
    await use(project, 9)
    await pass(MINUTE + 10_000)
    for (let day = 1; day <= 40 && (await isDueWithinADay()); day++) {
      await pass(DAY)
      const last = await request(path(project, 'reconciliation'), { key: project.secretKey })
      expect(await last.json()).toMatchObject({
        at: new Date().toISOString(),
        stripeSeconds: day <= 35 ? 9 : 0,
      })
    }
    expect(await isDueWithinADay()).toBe(false)
  })

  it('shows the minute that Stripe lacks, with its windows, and mends nothing', async () => {
    for (const seconds of [5, 6, 7]) {
      await use(project, seconds)
      await pass(MINUTE + 10_000)
    }
    const [, event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.uncounted.add(event.identifier)
    const start = event.timestamp * 1000
    await pass(3 * HOUR)
    const expected = {
      state: 'different',
      ledgerSeconds: 18,
      stripeSeconds: 12,
      differences: [
        {
          start: new Date(start).toISOString(),
          end: new Date(start + MINUTE).toISOString(),
          ledgerSeconds: 6,
          stripeSeconds: 0,
          windows: [event.identifier],
        },
      ],
    }
    expect(await reconcile()).toMatchObject(expected)
    expect(stripe.requests).toBe(3)
    stripe.uncounted.clear()
    await pass(MINUTE)
    expect(await reconcile()).toMatchObject({ state: 'equal', differences: [], stripeSeconds: 18 })
  })

  it('shows what Stripe has too much', async () => {
    await use(project, 5)
    await pass(MINUTE + 10_000)
    const [event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.taken.push({ ...event, identifier: 'foreign', value: '2', timestamp: event.timestamp + 120 })
    await pass(3 * HOUR)
    expect(await reconcile()).toMatchObject({
      state: 'different',
      ledgerSeconds: 5,
      stripeSeconds: 7,
      differences: [{ ledgerSeconds: 0, stripeSeconds: 2, windows: [] }],
    })
  })

  it('adds up the projects that one customer pays for', async () => {
    const other = await newProject()
    await drizzle(env.DB)
      .update(projects)
      .set({ billingAccountId: project.projectId })
      .where(eq(projects.id, other.projectId))
    for (const one of [project, other]) {
      await use(one, 9)
      await pass(MINUTE + 10_000, one)
    }
    await pass(3 * HOUR)
    for (const one of [project, other])
      expect(await reconcile(one)).toMatchObject({ state: 'equal', ledgerSeconds: 18, stripeSeconds: 18 })
  })

  it('goes by the hour where too many differ to look into each', async () => {
    for (let hour = 0; hour < 7; hour++) {
      await use(project, 5)
      await pass(HOUR)
    }
    for (const { identifier } of stripe.taken) stripe.uncounted.add(identifier)
    await pass(3 * HOUR)
    const { differences } = await reconcile()
    const widths = differences.map(({ start, end }) => Date.parse(end) - Date.parse(start))
    expect(widths).toEqual([HOUR, HOUR, MINUTE, MINUTE, MINUTE, MINUTE, MINUTE])
    expect(differences.map(({ windows }) => windows.length)).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  it('leaves out what was sent too lately to show in the sums', async () => {
    stripe.isDown = true
    await use(project, 5)
    await passInSteps(5 * HOUR, HOUR)
    stripe.isDown = false
    await pass(5 * MINUTE)
    const [event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.uncounted.add(event.identifier)
    expect(await reconcile()).toMatchObject({ state: 'equal', ledgerSeconds: 0 })
    await pass(HOUR)
    expect(await reconcile()).toMatchObject({ state: 'different', ledgerSeconds: 5 })
  })

  it('says so when Stripe does not answer, and when it knows no customer', async () => {
    await use(project, 5)
    await pass(MINUTE + 10_000)
    stripe.summariesFail = true
    await pass(3 * HOUR)
    expect(await reconcile()).toMatchObject({ state: 'failed' })
    // The daily one is made up for within the hour after.
    await passInSteps(DAY, HOUR)
    stripe.summariesFail = false
    await pass(HOUR)
    const last = await request(path(project, 'reconciliation'), { key: project.secretKey })
    expect(await last.json()).toMatchObject({ state: 'equal', at: new Date().toISOString() })
    const unpaid = await newProject()
    expect(await reconcile(unpaid)).toMatchObject({ state: 'none', at: null })
    await use(unpaid, 5)
    await pass(MINUTE + 10_000, unpaid)
    expect(await reconcile(unpaid)).toMatchObject({ state: 'no-customer', differences: [] })
  })
})
