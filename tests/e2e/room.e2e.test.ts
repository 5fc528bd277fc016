/** Three browsers in a room, and their seconds at the billing end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import type { Browser } from 'playwright-core'
import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser, Participant } from './participant.ts'
import { createRoom } from './rest.ts'
import { joinRoom } from './signaling-socket.ts'

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
  const meter = meters.find(({ event_name }) => event_name === METER_EVENT_NAME)
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

const eventually = { timeout: 20_000, interval: 250 }

/** Resolves when every second that the hosts have metered is in the ledger. */
async function expectHostsToHaveReported(): Promise<void> {
  for (const { signalingUrl } of demo.sfuHosts) {
    const health = new URL('/health', signalingUrl.replace(/^ws/, 'http'))
    const waiting = async () => {
      const { participants, journal } = await (await fetch(health)).json()
      return { participants, usage: journal.usage }
    }
    await expect.poll(waiting, eventually).toEqual({ participants: 0, usage: 0 })
  }
}

/** Spends about this many seconds in a room of one's own, without media; resolves with how long it was. */
async function stayAlone(seconds: number): Promise<number> {
  const { signalingUrl, roomTokens } = await createRoom(demo)
  const outcome = await joinRoom(signalingUrl, roomTokens[0], demo.publicKey)
  if (!outcome.admitted) throw new Error(outcome.reason)
  const joinedAt = performance.now()
  await sleep(seconds * 1000)
  outcome.socket.send(JSON.stringify({ id: 1, method: 'leave', data: {} }))
  return (performance.now() - joinedAt) / 1000
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
    const link = await ann.start('room')
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
    await ann.whisper('For Bob alone', 'Bob')
    await bob.expectMessage('For Bob alone')
    // On the same channel and after it, so that the former would have come by then.
    await ann.say('For all again')
    await cleo.expectMessage('For all again')
    expect(await cleo.messages()).not.toContain('For Bob alone')

    const clocked = [await cleo.leave()]
    await ann.expectRemoteVideos(1)
    await bob.expectRemoteVideos(1)
    await ann.expectMediaGrows(1)
    clocked.push(await bob.leave(), await ann.leave())

    await expectHostsToHaveReported()
    // Windows reach Stripe in their order: when a later second is there, nothing more can come.
    clocked.push(await stayAlone(2))

    const billed = async () => (await billedSeconds()) - billedBefore
    const truth = clocked.reduce((sum, seconds) => sum + seconds, 0)
    await expect.poll(billed, eventually).toBeGreaterThan(truth - clocked.length)
    expect(await billed()).toBeLessThanOrEqual(truth + clocked.length)
  })
})

it('rooms spread over both hosts', async () => {
  const rooms = await Promise.all(Array.from({ length: 6 }, () => createRoom(demo)))
  const hosts = new Set(rooms.map(({ signalingUrl }) => signalingUrl))
  expect([...hosts].sort()).toEqual(demo.sfuHosts.map(({ signalingUrl }) => signalingUrl).sort())
})
