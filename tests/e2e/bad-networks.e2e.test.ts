/**
 * Two browsers in a room, and bad networks between them and their host: media goes through a
 * {@link NetworkPath}, signaling through a {@link CuttingProxy}.
 */
import type { Permissions } from '@radist-tech/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { NetworkPath } from '../network/network-path.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import type { RoomPage } from './room-page/room-page.ts'
import { openStage, type RoomStage } from './room-page/room-stage.ts'

const smallPicture: MediaTrackConstraints = {
  width: { exact: 320 },
  height: { exact: 180 },
  frameRate: 15,
}
/** Large enough for two layers, of 360 and 180 lines. */
const layeredPicture: MediaTrackConstraints = {
  width: { exact: 640 },
  height: { exact: 360 },
  frameRate: 15,
}
/** Two seconds of both. */
const someMedia = { frames: 30, audioPackets: 100 }
const perfect = {}
const sendsOnly = { publish: true, subscribe: false, data: false }
const receivesOnly = { publish: false, subscribe: true, data: false }
/** What a busy machine may hold frames up without any fault: far less than the sockets are away here. */
const NO_PAUSE_MS = 1500

let stage: RoomStage
let path: NetworkPath
let signaling: CuttingProxy

beforeAll(async () => {
  stage = await openStage()
  path = stage.path
  signaling = await CuttingProxy.start(stage.port)
})
afterAll(async () => {
  await signaling?.close()
  await stage?.close()
})

/** Two in a new room: the first has only these permissions, if any are named. */
async function enterRoom(
  picture: MediaTrackConstraints,
  ofFirst?: Permissions,
): Promise<[RoomPage, RoomPage]> {
  const { controlPlane } = stage.host
  const room = await controlPlane.assign()
  const url = new URL(controlPlane.host?.signalingUrl ?? '')
  url.port = String(signaling.port)
  const entering = { video: picture, signalingUrl: url.href }
  const first = await stage.enter(room, { ...entering, ...(ofFirst && { permissions: ofFirst }) })
  return [first, await stage.enter(room, entering)]
}

const eachOf = <T>(
  participants: readonly RoomPage[],
  action: (participant: RoomPage) => Promise<T>,
): Promise<T[]> => Promise.all(participants.map(action))

/** The longest pauses of what anyone received since they began to watch, in ms. */
async function longestGaps(participants: readonly RoomPage[]): Promise<{ video: number; audio: number }> {
  const receptions = await eachOf(participants, (participant) => participant.reception())
  const gaps = {
    video: Math.round(Math.max(...receptions.map(({ longestVideoGap }) => longestVideoGap))),
    audio: Math.round(Math.max(...receptions.map(({ longestAudioGap }) => longestAudioGap))),
  }
  console.log(`${expect.getState().currentTestName}: longest gaps ${JSON.stringify(gaps)} ms`)
  return gaps
}

describe('a call of two', () => {
  let ann: RoomPage
  let bob: RoomPage
  let both: [RoomPage, RoomPage]

  beforeAll(async () => {
    both = await enterRoom(smallPicture)
    ;[ann, bob] = both
  })
  afterAll(() => eachOf(both ?? [], (participant) => participant.close()))
  beforeEach(async () => {
    await eachOf(both, (participant) => participant.watch())
    await eachOf(both, (participant) => participant.expectMedia(someMedia, 20_000))
    await eachOf(both, (participant) => participant.watch())
  })

  it('goes on with 5 % loss and 100 ms each way, and some of it out of order', async () => {
    onTestFinished(() => {
      path.up = path.down = perfect
    })
    path.up = path.down = { loss: 0.05, delayMs: 100, reordered: 0.02 }
    await eachOf(both, (participant) => participant.expectMedia({ frames: 100, audioPackets: 400 }, 20_000))
    const { video, audio } = await longestGaps(both)
    expect(video).toBeLessThan(1500)
    expect(audio).toBeLessThan(500)
  })

  it("is back within 3 s when the path's address changes, by itself", async () => {
    path.readdress()
    await eachOf(both, (participant) => participant.expectMedia(someMedia, 10_000))
    const { video, audio } = await longestGaps(both)
    expect(video).toBeLessThan(3000)
    expect(audio).toBeLessThan(3000)
    // Else nothing was changed.
    expect(Math.max(video, audio)).toBeGreaterThan(300)
    expect(both.map((participant) => participant.asked('createTransport'))).toEqual([0, 0])
  })

  it('finds a way from a new network, with the transports that it has', async () => {
    path.strand()
    await eachOf(both, (participant) => participant.expectMedia(someMedia, 15_000))
    const { video, audio } = await longestGaps(both)
    // A browser left alone takes over 15 s.
    expect(video).toBeLessThan(5000)
    expect(audio).toBeLessThan(5000)
    expect(both.map((participant) => participant.asked('restartIce'))).toEqual([2, 2])
    expect(both.map((participant) => participant.asked('createTransport'))).toEqual([0, 0])
  })

  it('shows and hears on while a socket is away, which comes back to its place and learns what it missed', async () => {
    const before = await ann.participantId()
    signaling.cut()
    onTestFinished(() => signaling.mend())
    await eachOf(both, (participant) => participant.expectEvent('state reconnecting', 5000))
    // Said by Bob while neither has a socket: the host learns it from him, and Ann from the host.
    await bob.setMicrophoneEnabled(false)
    await eachOf(both, (participant) => participant.expectMedia({ frames: 30, audioPackets: 0 }, 10_000))
    signaling.mend()
    await eachOf(both, (participant) => participant.expectEvent('state connected', 10_000))
    await expect.poll(() => ann.microphonesOfOthers()).toEqual(['muted'])
    await bob.setMicrophoneEnabled(true)
    await expect.poll(() => ann.microphonesOfOthers()).toEqual(['live'])

    expect((await longestGaps(both)).video).toBeLessThan(NO_PAUSE_MS)
    expect(await ann.participantId()).toBe(before)
    expect(both.map((participant) => participant.asked('createTransport'))).toEqual([0, 0])
    expect(both.map((participant) => participant.asked('restartIce'))).toEqual([0, 0])
  })

  it('finds half-open sockets within 20 s, here and at the host', async () => {
    const silentSince = performance.now()
    const host = signaling.silence()
    onTestFinished(() => signaling.mend())
    const atHost = host.then(() => performance.now() - silentSince)
    await eachOf(both, (participant) => participant.expectEvent('state reconnecting', 20_000))
    const here = performance.now() - silentSince
    const there = await atHost
    console.log(`half-open: found here after ${here} ms, at the host after ${there} ms`)
    expect(Math.max(here, there)).toBeLessThan(20_000)
    signaling.mend()
    await eachOf(both, (participant) => participant.expectEvent('state connected', 15_000))
    expect((await longestGaps(both)).video).toBeLessThan(NO_PAUSE_MS)
  })

  it('goes over to TCP when UDP is refused, and back when it is asked to look again', async () => {
    path.udp = false
    onTestFinished(() => {
      path.udp = true
    })
    await eachOf(both, (participant) => participant.expectMedia(someMedia, 20_000))
    const { video, audio } = await longestGaps(both)
    expect(video).toBeLessThan(12_000)
    expect(audio).toBeLessThan(10_000)
    await expect.poll(() => path.received.tcp, { timeout: 20_000 }).toBeGreaterThan(100_000)

    const { udp } = path.received
    path.udp = true
    await eachOf(both, (participant) => participant.watch())
    await eachOf(both, (participant) => participant.reconnect())
    await expect.poll(() => path.received.udp - udp, { timeout: 30_000 }).toBeGreaterThan(100_000)
    expect(both.map((participant) => participant.asked('createTransport'))).toEqual([0, 0])
  })
})

it('who only receives finds a way from a new network as soon', async () => {
  const room = await stage.host.controlPlane.assign()
  const ann = await stage.enter(room, { permissions: sendsOnly, video: smallPicture })
  const bob = await stage.enter(room, { permissions: receivesOnly, channels: ['data'] })
  onTestFinished(() => eachOf([ann, bob], (participant) => participant.close()).then(() => undefined))
  await bob.watch()
  await bob.expectMedia({ frames: 60, audioPackets: 200 }, 30_000)
  await bob.watch()
  path.strand()
  await bob.expectMedia(someMedia, 15_000)
  const { video, audio } = await longestGaps([bob])
  expect(Math.max(video, audio)).toBeLessThan(4000)
  expect(bob.asked('countSent')).toBeGreaterThanOrEqual(2)
  expect([bob.asked('restartIce'), bob.asked('createTransport')]).toEqual([1, 0])
})

it('a call comes up over TCP where UDP is refused', async () => {
  path.udp = false
  onTestFinished(() => {
    path.udp = true
  })
  const { udp, tcp } = path.received
  const from = performance.now()
  const both = await enterRoom(smallPicture)
  onTestFinished(() => eachOf(both, (participant) => participant.close()).then(() => undefined))
  await eachOf(both, (participant) => participant.expectMedia({ frames: 1, audioPackets: 1 }, 20_000))
  console.log(`over TCP: first frames ${performance.now() - from} ms after opening the pages`)
  expect(performance.now() - from).toBeLessThan(10_000)
  await eachOf(both, (participant) => participant.expectMedia(someMedia, 10_000))
  expect(path.received.udp).toBe(udp)
  await expect.poll(() => path.received.tcp - tcp, { timeout: 20_000 }).toBeGreaterThan(100_000)
})

it('a receiver gets smaller layers while its path is narrow, and larger ones when it widens', async () => {
  const both = await enterRoom(layeredPicture, sendsOnly)
  onTestFinished(() => eachOf(both, (participant) => participant.close()).then(() => undefined))
  onTestFinished(() => {
    path.down = perfect
  })
  const [, bob] = both
  const untilHeight = async (lines: number) => {
    const from = performance.now()
    const height = async () => (await bob.reception()).height
    await expect.poll(height, { timeout: 60_000, interval: 100 }).toBe(lines)
    console.log(`${lines} lines after ${Math.round(performance.now() - from)} ms`)
  }
  await untilHeight(360)
  // The made-up camera is an easy picture: with 180 lines it takes some 115 kbit/s, audio included.
  path.down = { bitsPerSecond: 180_000 }
  await untilHeight(180)
  path.down = perfect
  await untilHeight(360)
})
