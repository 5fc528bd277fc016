/** How soon a sender follows what its receivers want. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { openStage, type RoomStage } from './room-page/room-stage.ts'

const eventually = { timeout: 30_000, interval: 100 }
const whole = { width: 640, height: 360 }
const half = { width: 320, height: 180 }
const hidden = { width: 0, height: 0 }
const sendsOnly = { publish: true, subscribe: false, data: false }
const receivesOnly = { publish: false, subscribe: true, data: false }

let stage: RoomStage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())
afterEach(() => stage.clear())

it('a layer that nobody receives is paused at its sender, and resumes within a second', async () => {
  const room = await stage.host.controlPlane.assign()
  const ann = await stage.enter(room, { permissions: sendsOnly, channels: ['data'] })
  const bob = await stage.enter(room, { permissions: receivesOnly, channels: ['data'] })
  await ann.paint('picture', { width: 640, height: 360, isScreen: true }, { source: 'camera' })
  const id = (await ann.participantId()) ?? ''
  const active = async () => (await ann.sentEncodings('video')).map((encoding) => encoding.active)
  const height = async () => (await bob.receivedTracks())[0]?.height
  await bob.show(id, half)
  await expect.poll(active, eventually).toEqual([true, false])
  await expect.poll(height, eventually).toBe(180)

  await bob.show(id, hidden)
  await expect.poll(active, eventually).toEqual([false, false])
  await ann.watch()
  await bob.watch()
  const followed = async () => (await ann.layerTimes()).length
  await bob.show(id, half)
  await expect.poll(followed, eventually).toBe(1)
  expect(await active()).toEqual([true, false])
  await bob.show(id, whole)
  await expect.poll(followed, eventually).toBe(2)
  expect(await active()).toEqual([true, true])
  await bob.expectMedia({ frames: 1, audioPackets: 0 }, eventually.timeout)
  const times = await ann.layerTimes()
  console.log(`layers sent ${times.map(Math.round)} ms after the host asked for them`)
  expect(Math.max(...times)).toBeLessThan(1000)
})
