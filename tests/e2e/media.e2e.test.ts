/** What flows between browsers, and how: every codec, every kind of track, and what is done to a track while it flows. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedTrack } from './room-page/page.ts'
import type { RoomPage } from './room-page/room-page.ts'
import { openStage, type RoomStage } from './room-page/room-stage.ts'

const eventually = { timeout: 30_000, interval: 100 }
/** Large enough for two layers; a receiver that shows it in half its size takes the smaller one. */
const layered = { width: 640, height: 360 }
const half = { width: 320, height: 180 }
const sendsOnly = { publish: true, subscribe: false, data: false }
const receivesOnly = { publish: false, subscribe: true, data: false }

let stage: RoomStage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())
afterEach(() => stage.clear())

const withoutDevices = { channels: ['data' as const] }

/** One who sends nothing yet, and one who receives. */
async function enterBoth(ofSender: Parameters<RoomStage['enter']>[1] = {}): Promise<[RoomPage, RoomPage]> {
  const room = await stage.host.controlPlane.assign()
  const ann = await stage.enter(room, { permissions: sendsOnly, ...withoutDevices, ...ofSender })
  return [ann, await stage.enter(room, { permissions: receivesOnly, ...withoutDevices })]
}

/** The first track of this source that a page receives, once it flows. */
async function flowing(page: RoomPage, source: ReceivedTrack['source']): Promise<ReceivedTrack> {
  const find = async () => (await page.receivedTracks()).find((track) => track.source === source)
  await expect.poll(async () => (await find())?.packets ?? 0, eventually).toBeGreaterThan(0)
  const found = await find()
  if (!found) throw new Error(`The ${source} is there no more.`)
  return found
}

const trackOf = async (page: RoomPage, producerId: string): Promise<ReceivedTrack | undefined> =>
  (await page.receivedTracks()).find((track) => track.producerId === producerId)

/** Resolves when so many more pictures of it have been decoded. */
async function expectFrames(page: RoomPage, producerId: string, more: number): Promise<void> {
  const frames = async () => (await trackOf(page, producerId))?.frames ?? 0
  const before = await frames()
  await expect.poll(frames, eventually).toBeGreaterThanOrEqual(before + more)
}

describe('a video of several sizes', () => {
  // Simulcast and SVC bring the half; AV1 has one size.
  it.each([
    { videoCodec: 'vp8', mimeType: 'video/VP8', height: 180 },
    { videoCodec: 'vp9', mimeType: 'video/VP9', height: 180 },
    { videoCodec: 'h264', mimeType: 'video/H264', height: 180 },
    { videoCodec: 'av1', mimeType: 'video/AV1', height: 360 },
  ] as const)('is seen in $mimeType, in half its size', async ({ videoCodec, mimeType, height }) => {
    const [ann, bob] = await enterBoth()
    await ann.paint('picture', layered, { source: 'camera', videoCodec })
    await bob.show((await ann.participantId()) ?? '', half)
    const { producerId } = await flowing(bob, 'camera')
    const seen = async () => {
      const track = await trackOf(bob, producerId)
      return { codec: track?.codec, height: track?.height }
    }
    await expect.poll(seen, eventually).toEqual({ codec: mimeType, height })
    await expectFrames(bob, producerId, 10)
    await expect.poll(seen, eventually).toEqual({ codec: mimeType, height })
  })
})

describe('sound', () => {
  it('is sent in Opus, with repair for what gets lost, and hardly at all while it is silence', async () => {
    const [ann, bob] = await enterBoth({ channels: ['audio'] })
    const { producerId, codec } = await flowing(bob, 'microphone')
    expect(codec).toBe('audio/opus')
    const [sound] = await ann.sentEncodings('audio')
    expect(sound?.parameters.split(';')).toEqual(expect.arrayContaining(['useinbandfec=1', 'usedtx=1']))

    // The encoder adds repair when it hears of losses.
    stage.path.up = { loss: 0.1 }
    const repaired = async () => (await trackOf(bob, producerId))?.fecPackets ?? 0
    await expect.poll(repaired, eventually).toBeGreaterThan(0)
    stage.path.up = {}

    const packetsIn = async (ms: number) => {
      const packets = async () => (await ann.sentEncodings('audio'))[0]?.packets ?? 0
      const before = await packets()
      await ann.page.waitForTimeout(ms)
      return (await packets()) - before
    }
    expect(await packetsIn(1000)).toBeGreaterThan(35)
    await ann.setMicrophoneEnabled(false)
    // Some 50 packets a second become three.
    await expect.poll(() => packetsIn(1000), eventually).toBeLessThan(10)
  })
})

describe('tracks of one participant', () => {
  it('camera, microphone, screen with its sound, and a second camera, all at once', async () => {
    const small = { width: { exact: 320 }, height: { exact: 180 }, frameRate: 10 }
    const [ann, bob] = await enterBoth({ channels: ['audio', 'video'], video: small })
    await ann.shareScreen({ video: { width: { max: 320 }, frameRate: { max: 5 } }, audio: true })
    await ann.paint('second', half, { source: 'camera' })
    const flow = async () =>
      (await bob.receivedTracks()).filter(({ packets }) => packets > 0).map(({ source }) => source)
    await expect
      .poll(async () => (await flow()).sort(), eventually)
      .toEqual(['camera', 'camera', 'microphone', 'screen', 'screen-audio'])
    for (const { producerId, source } of await bob.receivedTracks()) {
      if (source === 'camera' || source === 'screen') await expectFrames(bob, producerId, 3)
    }
  })

  it('is muted, unmuted, replaced and resized in its place', async () => {
    const [ann, bob] = await enterBoth()
    await ann.paint('picture', { ...layered, isScreen: true }, { source: 'camera' })
    await bob.show((await ann.participantId()) ?? '', half)
    const { producerId } = await flowing(bob, 'camera')
    const height = async () => (await trackOf(bob, producerId))?.height
    const active = async () => (await ann.sentEncodings('video')).map((encoding) => encoding.active)
    await expect.poll(height, eventually).toBe(180)
    await ann.watch()

    await ann.mute('picture', true)
    await expect.poll(() => bob.camerasOfOthers(), eventually).toEqual(['muted'])
    await ann.mute('picture', false)
    await expect.poll(() => bob.camerasOfOthers(), eventually).toEqual(['live'])
    await expectFrames(bob, producerId, 5)

    // Another shape, whose half is too narrow for what Bob shows: it takes the whole to fill it.
    await expect.poll(active, eventually).toEqual([true, false])
    await ann.resize('picture', { width: 480, height: 480 })
    await expect.poll(height, eventually).toBe(480)
    await expect.poll(active, eventually).toEqual([true, true])

    await ann.replace('picture', { width: 640, height: 480, isScreen: true })
    await expect.poll(height, eventually).toBe(240)
    await expect.poll(active, eventually).toEqual([true, false])
    await expectFrames(bob, producerId, 5)
    expect(
      ['produce', 'createTransport', 'restartIce', 'closeProducer'].map((method) => ann.asked(method)),
    ).toEqual([0, 0, 0, 0])
    expect(ann.asked('updateTrack')).toBe(2)
  })
})
