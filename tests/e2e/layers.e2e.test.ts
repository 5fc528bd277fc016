/** Layers between two browsers: the picture follows its size on the page, and what nobody sees is not sent. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser, Participant } from './participant.ts'

const demo = inject('stack')
/** Two cores that also encode and decode take their time; what comes out in the end is exact. */
const eventually = { timeout: 60_000, interval: 100 }

describe('a camera that is sent in layers', () => {
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
    await ann.join('Ann', 'standard')
    await bob.join('Bob')
    await bob.expectRemoteVideos(1)
    await bob.expectMediaGrows(1)

    await ann.keepPictureSize()
    await bob.showRemoteVideosAt({ width: 320, height: 180 })
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(180)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, false])

    await bob.showRemoteVideosAt({ width: 640, height: 360 })
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(360)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, true])

    await bob.showRemoteVideosAt({ width: 0, height: 0 })
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([false, false])
    await bob.showRemoteVideosAt({ width: 80, height: 45 })
    await expect.poll(() => bob.receivedHeight(), eventually).toBe(180)
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([true, false])
  })

  it('beside a second video, in VP9 with SVC, whose layers follow their own size', async () => {
    const ann = await Participant.visit(browser, `${demo.apiBaseUrl}/playground`)
    const bob = await Participant.visit(browser, await ann.start('room'))
    onTestFinished(async () => {
      await Promise.all([ann.close(), bob.close()])
    })
    await ann.join('Ann', 'standard')
    await bob.join('Bob')
    await bob.expectMediaGrows(1)
    await bob.showRemoteVideosAt({ width: 0, height: 0 })
    await expect.poll(() => ann.sentLayers(), eventually).toEqual([false, false])
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
