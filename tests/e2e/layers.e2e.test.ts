/** Layers between two browsers: the picture follows its size on the page, and what nobody sees is not sent. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser, Participant } from './participant.ts'

const demo = inject('stack')
/** Two cores that also encode and decode take their time; what comes out in the end is exact. */
const eventually = { timeout: 60_000, interval: 100 }
/** The host asks for a layer at once; a busy machine takes as long as this to encode it. */
const AT_ONCE_MS = 3000

describe('a camera that is sent in three layers', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('is received as large as it is shown, and sent no larger', async () => {
    const ann = await Participant.visit(browser, `${demo.apiBaseUrl}/playground`)
    const bob = await Participant.visit(browser, await ann.start('room'))
    onTestFinished(async () => {
      await Promise.all([ann.close(), bob.close()])
    })
    // Three layers of 720 lines are so much for two cores that the browser makes them smaller by itself.
    await ann.join('Ann', 'standard')
    await bob.join('Bob')
    await bob.expectRemoteVideos(1)
    await bob.expectMediaGrows(1)

    await bob.showRemoteVideosAt({ width: 160, height: 90 })
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(90)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, false, false])

    // More is sent at once, and the picture grows.
    const larger = framesIn(ann, 1)
    await bob.showRemoteVideosAt({ width: 320, height: 180 })
    expect(await larger).toBeLessThan(AT_ONCE_MS)
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(180)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, true, false])

    await bob.showRemoteVideosAt({ width: 0, height: 0 })
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([false, false, false])
    const again = framesIn(ann, 0)
    await bob.showRemoteVideosAt({ width: 80, height: 45 })
    expect(await again).toBeLessThan(AT_ONCE_MS)
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(90)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, false, false])
  })

  it('beside a second video, in VP9 with SVC, whose layers follow their own size', async () => {
    const ann = await Participant.visit(browser, `${demo.apiBaseUrl}/playground`)
    const bob = await Participant.visit(browser, await ann.start('room'))
    onTestFinished(async () => {
      await Promise.all([ann.close(), bob.close()])
    })
    await ann.join('Ann', 'high')
    await bob.join('Bob')
    await bob.expectMediaGrows(1)
    await bob.showRemoteVideosAt({ width: 0, height: 0 })
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([false, false, false])
    const unpublish = await ann.publishSecondVideo('vp9')

    const producerId = await bob.producerOf('screen')
    await bob.setViewport(producerId, { width: 320, height: 180 })
    await expect
      .poll(() => bob.receivedVideo(producerId), eventually)
      .toEqual({ codec: 'video/VP9', height: 180 })
    await bob.setViewport(producerId, { width: 640, height: 360 })
    await expect
      .poll(() => bob.receivedVideo(producerId), eventually)
      .toEqual({ codec: 'video/VP9', height: 360 })
    await unpublish()
    await expect.poll(() => bob.receivedVideo(producerId), eventually).toBeNull()
    await bob.showRemoteVideosAt({ width: 320, height: 180 })
    await bob.expectMediaGrows(1)
  })
})

/** In ms from now, when this layer has sent a frame more than by now. */
function framesIn({ page }: Participant, layer: number): Promise<number> {
  return page.evaluate(async (index) => {
    const frames = async (): Promise<number> => {
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      const layers = [...stats.values()]
        .filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
        .sort((a, b) => String(a.rid).localeCompare(String(b.rid)))
      return layers[index]?.framesSent ?? 0
    }
    const start = performance.now()
    const before = await frames()
    while ((await frames()) === before && performance.now() - start < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return performance.now() - start
  }, layer)
}
