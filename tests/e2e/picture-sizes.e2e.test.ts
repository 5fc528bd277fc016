/** A picture of any size is received whole, and in every layer that the host believes it has. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Painting } from './room-page/painted-track.ts'
import type { RoomPage } from './room-page/room-page.ts'
import { openStage, type RoomStage } from './room-page/room-stage.ts'

const eventually = { timeout: 40_000, interval: 100 }
const sendsOnly = { publish: true, subscribe: false, data: false }
const receivesOnly = { publish: false, subscribe: true, data: false }
// As screens, so that two busy cores do not make them smaller by themselves.
const large = { width: 960, height: 540, isScreen: true }
const middle = { width: 640, height: 360, isScreen: true }
const small = { width: 320, height: 180, isScreen: true }

let stage: RoomStage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())
afterEach(() => stage.clear())

/** One who paints a picture of this size, and one who shows it as said. */
async function enterBoth(picture: Painting, videoCodec: 'vp8' | 'vp9' = 'vp8') {
  const room = await stage.host.controlPlane.assign()
  const [ann, bob] = await Promise.all([
    stage.enter(room, { permissions: sendsOnly, channels: ['data'] }),
    stage.enter(room, { permissions: receivesOnly, channels: ['data'] }),
  ])
  await ann.paint('picture', picture, { source: 'camera', videoCodec })
  const id = (await ann.participantId()) ?? ''
  const seen = async ({ width, height }: Painting) => {
    await bob.show(id, { width, height })
    return expect.poll(async () => (await bob.receivedTracks())[0]?.height, eventually)
  }
  return { ann, seen }
}

/** Lines of each encoding that is sent. */
async function sent(ann: RoomPage): Promise<number[]> {
  const encodings = await ann.sentEncodings('video')
  return encodings.filter(({ active }) => active).map(({ height }) => height)
}

describe('a picture', () => {
  it.each([
    { size: small, heights: [180] },
    { size: { width: 480, height: 270, isScreen: true }, heights: [135, 270] },
    { size: middle, heights: [180, 360] },
    { size: large, heights: [135, 270, 540] },
  ])('of $size.height lines is received whole, and in its halves', async ({ size, heights }) => {
    const { ann, seen } = await enterBoth(size)
    await (await seen(size)).toBe(size.height)
    await expect.poll(() => sent(ann), eventually).toEqual(heights)
    const [smallest = 0] = heights
    await (await seen({ width: 16, height: 9 })).toBe(smallest)
    await expect.poll(() => sent(ann), eventually).toEqual([smallest])
  })

  it('is received whole when it shrinks, and when it grows again', async () => {
    const { ann, seen } = await enterBoth(large)
    await (await seen(large)).toBe(540)

    await ann.replace('picture', middle)
    await (await seen(middle)).toBe(360)
    await (await seen(small)).toBe(180)
    await expect.poll(() => sent(ann), eventually).toEqual([180])

    // This time in the same track, as when a window is made larger or a phone is turned.
    await ann.resize('picture', { width: 540, height: 960 })
    await (await seen({ width: 540, height: 960 })).toBe(960)
    await (await seen({ width: 270, height: 480 })).toBe(480)
    await expect.poll(() => sent(ann), eventually).toEqual([240, 480])
  })

  it('in VP9 is received in its halves, and as a screen whole', async () => {
    const { ann, seen } = await enterBoth({ ...middle, isScreen: false }, 'vp9')
    await (await seen(small)).toBe(180)
    await ann.replace('picture', middle)
    await (await seen(small)).toBe(360)
    await ann.replace('picture', { ...middle, isScreen: false })
    await (await seen(small)).toBe(180)
  })

  it.each([
    { from: middle, heights: [270, 540] },
    { from: small, heights: [540] },
  ])('that was published with $from.height lines grows in the layers it has', async ({ from, heights }) => {
    const { ann, seen } = await enterBoth(from)
    await (await seen(from)).toBe(from.height)
    await ann.replace('picture', large)
    await (await seen(large)).toBe(540)
    await expect.poll(() => sent(ann), eventually).toEqual(heights)
    await (await seen({ width: 480, height: 270 })).toBe(heights[0])
  })
})
