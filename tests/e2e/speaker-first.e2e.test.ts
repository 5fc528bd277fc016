/** Who gets what there is of a narrow path, by Chromium's own feedback to the host. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RoomPage } from './room-page/room-page.ts'
import { openStage, type RoomStage } from './room-page/room-stage.ts'

/** After a fall of its estimate, mediasoup lets no picture that it had made smaller up again for 10 s. */
const patiently = { timeout: 90_000, interval: 100 }
const whole = { width: 640, height: 360 }
const sendsOnly = { publish: true, subscribe: false, data: false }
const receivesOnly = { publish: false, subscribe: true, data: false }
/** In bits per second: noise takes all that the SDK allows, 700,000 for 360 lines. Both together do not pass. */
const BOTH_WHOLE = 1_200_000
const NARROW = 1_200_000
/** Longer than the estimate's swings, in which now and then the other one gets what the speaker may not take yet. */
const LASTING_MS = 6000

let stage: RoomStage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

it('on a narrow path the picture of whoever speaks is the larger one, and sound goes on', async () => {
  const room = await stage.host.controlPlane.assign()
  const cleo = await stage.enter(room, { permissions: receivesOnly, channels: ['data'] })
  const [ann, bob] = [await enterSilently(), await enterSilently()]

  async function enterSilently(): Promise<{ page: RoomPage; id: string }> {
    const page = await stage.enter(room, { permissions: sendsOnly, channels: ['audio'] })
    await page.setMicrophoneEnabled(false)
    // As a screen, so that two busy cores do not make it smaller by themselves.
    await page.paint('picture', { ...whole, isScreen: true, noise: 0.5 }, { source: 'camera' })
    return { page, id: (await page.participantId()) ?? '' }
  }
  const cameraOf = async ({ id }: { id: string }) =>
    (await cleo.receivedTracks()).find((track) => track.participantId === id && track.source === 'camera')
  const lines = async (participant: { id: string }) => (await cameraOf(participant))?.height ?? 0
  const bytes = async () => ((await cameraOf(ann))?.bytes ?? 0) + ((await cameraOf(bob))?.bytes ?? 0)
  const bitrate = async () => {
    const [before, from] = [await bytes(), performance.now()]
    await cleo.page.waitForTimeout(1000)
    return (8000 * ((await bytes()) - before)) / (performance.now() - from)
  }
  /** Resolves when the speaker's picture was the larger one for long enough, less the time when it was the smaller. */
  const expectLarger = async (speaker: { id: string }, other: { id: string }) => {
    let [lead, lookedAt] = [0, performance.now()]
    const look = async () => {
      const sign = Math.sign((await lines(speaker)) - (await lines(other)))
      const now = performance.now()
      lead = Math.max(0, lead + sign * (now - lookedAt))
      lookedAt = now
      return lead
    }
    await expect.poll(look, patiently).toBeGreaterThan(LASTING_MS)
  }

  await expect.poll(bitrate, patiently).toBeGreaterThan(BOTH_WHOLE)
  await cleo.watch()
  await ann.page.setMicrophoneEnabled(true)
  stage.path.down = { bitsPerSecond: NARROW }
  await expectLarger(ann, bob)
  expect((await cleo.reception()).longestAudioGap).toBeLessThan(3000)

  await ann.page.setMicrophoneEnabled(false)
  await bob.page.setMicrophoneEnabled(true)
  await expectLarger(bob, ann)
}, 300_000)
