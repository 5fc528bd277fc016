/**
 * `kill -9` of the SFU host that carries a room of two browsers: they go on at the other host by
 * themselves, and who comes with a token of the dead host gets there as well. On a stack of its own, since a host of the others' would be missing.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Stack, startStack } from '../../scripts/stack/stack.ts'
import { launchBrowser, Participant } from './participant.ts'
import { mintRoomToken } from './rest.ts'
import { RoomPage, serveRoomPage } from './room-page/room-page.ts'

/** Beside the stack that the other tests share. */
const port = Number(process.env.RADIST_TEST_PORT ?? 28_787) + 60
const stateDir = join(import.meta.dirname, '..', 'artifacts', 'e2e-host-death')

let stack: Stack
let browser: Browser
let page: Awaited<ReturnType<typeof serveRoomPage>>
beforeAll(async () => {
  rmSync(stateDir, { recursive: true, force: true })
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  stack = await startStack({
    port,
    stateDir,
    sfuHosts: 2,
    workersPerHost: 1,
    workerEnv: {},
    sfuEnv: {},
    restart: false,
    report: (line) => console.log(line),
  })
  page = await serveRoomPage()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  page?.server.close()
  await stack?.close()
})

const smallPicture = { width: { exact: 320 }, height: { exact: 180 }, frameRate: 15 }

const roomOf = (participant: Participant) =>
  participant.page.evaluate(() => {
    const connection = window.radist?.connection
    return connection && 'roomId' in connection ? connection.roomId : null
  })

const myself = (participant: Participant) =>
  participant.page.evaluate(() => {
    const connection = window.radist?.connection
    return connection && 'participantId' in connection ? connection.participantId : null
  })

/** How many participants each host has. */
const occupancy = () =>
  Promise.all(
    stack.info.sfuHosts.map(async ({ signalingUrl }) => {
      const health = new URL('/health', signalingUrl.replace(/^ws/, 'http'))
      const { participants }: { participants: number } = await (await fetch(health)).json()
      return participants
    }),
  )

describe('a room whose host is killed', () => {
  it('goes on at the other host with the same participants, who see and hear each other again', async () => {
    const ann = await Participant.visit(browser, `${stack.info.apiBaseUrl}/playground`)
    const bob = await Participant.visit(browser, await ann.start('room'))
    const both = [ann, bob]
    onTestFinished(async () => {
      await Promise.all(both.map((participant) => participant.close()))
    })
    await ann.join('Ann')
    await bob.join('Bob')
    for (const participant of both) await participant.expectMediaGrows(1)
    const ids = await Promise.all(both.map(myself))
    const former = (await Promise.all(both.map((participant) => participant.remoteTrackIds()))).flat()

    const { apiBaseUrl, publicKey } = stack.info
    const roomToken = await mintRoomToken(stack.info, (await roomOf(ann)) ?? '')
    const late = await RoomPage.open(browser, page.url)
    onTestFinished(() => late.close())

    const victim = (await occupancy()).indexOf(2)
    expect(victim).toBeGreaterThanOrEqual(0)
    await stack.killHost(victim)
    const killedAt = performance.now()
    const joined = late.join({ publicKey, apiBaseUrl, roomToken, video: smallPicture })
    for (const participant of both)
      await expect.poll(() => participant.decodesNewVideo(former), { timeout: 40_000 }).toBe(true)
    const seconds = (performance.now() - killedAt) / 1000
    console.log(`Media was back ${seconds.toFixed(1)} s after the host was killed.`)
    // Six seconds of silence, by which a lost host is known, and the next attempt after them.
    expect(seconds).toBeLessThan(20)

    await joined
    await late.expectMedia({ frames: 30, audioPackets: 100 }, 20_000)
    for (const participant of both) {
      await participant.expectState('connected')
      await participant.expectMediaGrows(2)
    }
    expect(await Promise.all(both.map(myself))).toEqual(ids)
    await ann.say('Still here')
    await bob.expectMessage('Still here')
  })
})
