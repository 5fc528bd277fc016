/** Two browsers call each other. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { CuttingProxy } from './cutting-proxy.ts'
import { launchBrowser, Participant } from './participant.ts'
import { listCalls } from './rest.ts'

const demo = inject('stack')
const playground = `${demo.apiBaseUrl}/playground`

describe('a P2P call', () => {
  let browser: Browser
  const participants: Participant[] = []
  const visit = async (url: string) => {
    const participant = await Participant.visit(browser, url)
    participants.push(participant)
    return participant
  }

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterEach(async () => {
    await Promise.all(participants.splice(0).map((participant) => participant.close()))
  })
  afterAll(() => browser.close())

  it('carries audio, video and messages both ways, and is tombstoned after both have left', async () => {
    const ann = await visit(playground)
    const link = await ann.start('call')
    const bob = await visit(link)
    await ann.join('Ann')
    await bob.join('Bob')
    for (const participant of [ann, bob]) {
      await participant.expectState('connected')
      await participant.expectRemoteVideos(1)
      await participant.expectMediaGrows(1)
    }

    await ann.say('Hello Bob')
    await bob.expectMessage('Hello Bob')
    await bob.say('Hello Ann')
    await ann.expectMessage('Hello Ann')

    const callId = new URL(link).pathname.split('/').at(-1)
    const listed = async () => (await listCalls(demo)).calls.find((call) => call.callId === callId)
    expect(await listed()).toMatchObject({ tombstonedAt: null })
    await ann.leave()
    await bob.leave()
    await expect.poll(listed, { timeout: 10_000 }).toMatchObject({ tombstonedAt: expect.any(String) })
  })

  it("survives the cut of one peer's socket: media goes on, and signaling comes back with its token", async () => {
    const proxy = await CuttingProxy.start(Number(new URL(demo.apiBaseUrl).port))
    onTestFinished(() => proxy.close())
    const ann = await visit(playground)
    const link = await ann.start('call')
    const throughProxy = new URL(link)
    throughProxy.port = String(proxy.port)
    const bob = await visit(throughProxy.href)
    await ann.join('Ann')
    await bob.join('Bob')
    await ann.expectMediaGrows(1)
    await bob.expectMediaGrows(1)
    const place = await bob.peerId()
    const tracks = await ann.remoteTrackIds()
    expect(tracks).toHaveLength(2)

    proxy.cut()
    await bob.expectState('reconnecting')
    await ann.expectMediaGrows(1)
    await bob.expectMediaGrows(1)
    const reconnection = bob.page.waitForEvent('websocket')
    proxy.mend()
    const { searchParams } = new URL((await reconnection).url())
    expect(searchParams.get('reconnectToken')).toMatch(/^rt_/)
    expect(searchParams.get('peerId')).toBe(place)
    await bob.expectState('connected')

    expect(await bob.peerId()).toBe(place)
    expect(await ann.remoteTrackIds()).toEqual(tracks)
    await ann.expectMediaGrows(1)
    await bob.expectMediaGrows(1)
    await bob.say('Still here')
    await ann.expectMessage('Still here')
  })
})
