/** Three browsers in a room, and their seconds at the billing end. */
import type { Browser } from 'playwright-core'
import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser, Participant } from './participant.ts'
import { createRoom } from './rest.ts'

const demo = inject('stack')

/** The demo project's total at Stripe, from the meter's own summaries. */
async function billedSeconds(): Promise<number> {
  const { hostname, port } = new URL(demo.stripeSandboxUrl ?? '')
  const stripe = new Stripe(inject('stripeSandboxKey'), {
    protocol: 'http',
    host: hostname,
    port: Number(port),
  })
  const { data: meters } = await stripe.billing.meters.list({ status: 'active' })
  const meter = meters.find(({ event_name }) => event_name === 'radist_sfu_participant_seconds')
  const { data: customers } = await stripe.customers.list()
  if (!meter || !customers[0]) throw new Error('Stripe was not set up.')
  const minute = Math.floor(Date.now() / 60_000) * 60
  const { data: summaries } = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customers[0].id,
    start_time: minute - 3600,
    end_time: minute + 120,
  })
  return summaries.reduce((sum, { aggregated_value }) => sum + aggregated_value, 0)
}

describe('a room of three', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('shows each the two others, tells who leaves, and bills the seconds that each was connected', async () => {
    const billedBefore = await billedSeconds()
    const ann = await Participant.visit(browser, `${demo.apiBaseUrl}/playground`)
    const link = `${await ann.start('room')}`
    const bob = await Participant.visit(browser, link)
    const cleo = await Participant.visit(browser, link)
    const everyone = [ann, bob, cleo]
    onTestFinished(async () => {
      await Promise.all(everyone.map((participant) => participant.close()))
    })

    await ann.join('Ann')
    await bob.join('Bob')
    await cleo.join('Cleo')
    for (const participant of everyone) {
      await participant.expectState('connected')
      await participant.expectRemoteVideos(2)
      await participant.expectMediaGrows(2)
    }
    await ann.say('Hello room')
    await bob.expectMessage('Hello room')
    await cleo.expectMessage('Hello room')

    const clocked = [await cleo.leave()]
    await ann.expectRemoteVideos(1)
    await bob.expectRemoteVideos(1)
    await ann.expectMediaGrows(1)
    clocked.push(await bob.leave(), await ann.leave())

    const billed = async () => (await billedSeconds()) - billedBefore
    const truth = clocked.reduce((sum, seconds) => sum + seconds, 0)
    await expect
      .poll(billed, { timeout: 20_000, interval: 250 })
      .toBeGreaterThanOrEqual(truth - clocked.length)
    // What a later room costs arrives after all that this one cost: nothing more can come.
    expect(await billed()).toBeLessThanOrEqual(truth + clocked.length)
  })
})

it('rooms spread over both hosts', async () => {
  const rooms = await Promise.all(Array.from({ length: 6 }, () => createRoom(demo)))
  const hosts = new Set(rooms.map(({ signalingUrl }) => signalingUrl))
  expect([...hosts].sort()).toEqual(demo.sfuHosts.map(({ signalingUrl }) => signalingUrl).sort())
})
