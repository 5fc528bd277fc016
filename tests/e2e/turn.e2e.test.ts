/** Browsers that may use nothing but the TURN server: real coturn, with credentials that the service gave out. */
import { type IceServer, serverFrameSchema } from '@radist-tech/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { sharedSecretServer } from '../../apps/api/src/domain/ice-servers.ts'
import { TURN_SECRET } from './coturn.ts'
import { launchBrowser, Participant } from './participant.ts'
import { createCall } from './rest.ts'
import { joinCall } from './signaling-socket.ts'

const demo = inject('stack')

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** The TURN server as a peer of a new call is told of it. */
async function handedOut(): Promise<IceServer> {
  const { callTokens } = await createCall(demo)
  const outcome = await joinCall(callTokens[0], demo.publicKey)
  if (!outcome.admitted) throw new Error(outcome.reason)
  onTestFinished(() => outcome.socket.close())
  const frame = serverFrameSchema.parse(outcome.first)
  if (frame.type !== 'connected' || !frame.iceServers[0]) throw new Error('No ICE server was handed out.')
  return frame.iceServers[0]
}

/** What a browser gathers with this server alone: types of candidates, and TURN's own error codes. */
async function gather(iceServer: IceServer): Promise<{ types: string[]; errors: number[] }> {
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  await page.goto(`${demo.apiBaseUrl}/playground`)
  return page.evaluate(async ({ urls, username = '', credential = '' }) => {
    const connection = new RTCPeerConnection({
      iceServers: [{ urls, username, credential }],
      iceTransportPolicy: 'relay',
    })
    const types = new Set<string>()
    const errors = new Set<number>()
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type) types.add(candidate.type)
    })
    connection.addEventListener('icecandidateerror', ({ errorCode }) => errors.add(errorCode))
    const gathered = new Promise<void>((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') resolve()
      })
    })
    connection.createDataChannel('probe')
    await connection.setLocalDescription()
    await gathered
    connection.close()
    return { types: [...types], errors: [...errors] }
  }, iceServer)
}

declare global {
  interface Window {
    /** Every RTCPeerConnection that the page has made. */
    connections: RTCPeerConnection[]
  }
}

/** Somebody on the page of a call, who may use nothing but relay candidates. */
async function visitRelayed(callId: string): Promise<Participant> {
  const url = `${demo.apiBaseUrl}/playground/call/${callId}?iceTransportPolicy=relay`
  const participant = await Participant.visit(browser, url)
  onTestFinished(() => participant.close())
  await participant.page.addInitScript(() => {
    window.connections = []
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        window.connections.push(this)
      }
    }
  })
  await participant.page.reload()
  return participant
}

const turnUsername = ({ page }: Participant) =>
  page.evaluate(() => window.connections.at(-1)?.getConfiguration().iceServers?.[0]?.username ?? '')
const expiryOf = (username: string) => Number(username.split(':')[0])

describe('a call whose peers may only be relayed', () => {
  it('goes through coturn, and through fresh relays with fresh credentials after a reconnection', async () => {
    const { callId } = await createCall(demo)
    const [ann, bob] = [await visitRelayed(callId), await visitRelayed(callId)]
    await ann.join('Ann')
    await bob.join('Bob')
    for (const participant of [ann, bob]) {
      await participant.expectState('connected')
      await participant.expectRemoteVideos(1)
      await participant.expectMediaGrows(1)
      expect(await participant.selectedPath()).toMatchObject({ local: 'relay', remote: 'relay' })
    }
    await ann.say('Hello through coturn')
    await bob.expectMessage('Hello through coturn')
    await bob.say('Hello back')
    await ann.expectMessage('Hello back')

    const firstUsername = await turnUsername(ann)
    const { pair: firstPair } = await ann.selectedPath()
    const life = 86_400
    const newestExpiry = () => Math.floor(Date.now() / 1000) + life
    await expect.poll(newestExpiry, { timeout: 3000 }).toBeGreaterThan(expiryOf(firstUsername))
    await ann.page.evaluate(async () => {
      const connection = window.radist?.connection
      await connection?.reconnect()
    })
    await expect.poll(async () => expiryOf(await turnUsername(ann))).toBeGreaterThan(expiryOf(firstUsername))
    await expect.poll(async () => (await ann.selectedPath()).pair, { timeout: 20_000 }).not.toBe(firstPair)
    expect(await ann.selectedPath()).toMatchObject({ local: 'relay', remote: 'relay' })
    await ann.expectMediaGrows(1)
    await bob.expectMediaGrows(1)
  })
})

describe('the credentials that a peer is given', () => {
  const inOneHour = () => Date.now() + 3_600_000

  it('open a relay at coturn', async () => {
    expect(await gather(await handedOut())).toEqual({ types: ['relay'], errors: [] })
  })

  it('are refused by coturn once they have expired', async () => {
    const { urls } = await handedOut()
    const good = sharedSecretServer(urls, TURN_SECRET, 'peer', inOneHour())
    expect(await gather(good)).toEqual({ types: ['relay'], errors: [] })
    const expired = sharedSecretServer(urls, TURN_SECRET, 'peer', Date.now() - 1000)
    expect(await gather(expired)).toEqual({ types: [], errors: [401] })
  })

  it('cannot be made to last longer, nor be made without the secret', async () => {
    const server = await handedOut()
    const [expiry, peerId] = (server.username ?? '').split(':')
    expect(await gather({ ...server, username: `${Number(expiry) + 1}:${peerId}` })).toEqual({
      types: [],
      errors: [401],
    })
    const forged = sharedSecretServer(server.urls, 'another secret', peerId ?? '', inOneHour())
    expect(await gather(forged)).toEqual({ types: [], errors: [401] })
  })
})
