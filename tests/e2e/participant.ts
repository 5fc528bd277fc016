/** One person at the playground, in a browser context of their own. */

import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'
import { chromiumFlags } from '../browser/chromium-flags.ts'

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })

/** A condition on the page that takes the network's time. */
const eventually = { timeout: 20_000, interval: 100 }

/** What a participant has received so far; each number only grows. */
export interface Received {
  /** Decoded video frames of each other participant, by the id of the track. */
  frames: Record<string, number>
  /** Received audio samples over all tracks. */
  audioSamples: number
  /** Energy of the received audio: grows only when something is heard. */
  audioEnergy: number
}

export class Participant {
  readonly page: Page
  readonly #context: BrowserContext
  /** When the page was told that it is connected, by `performance.now()` of the test. */
  joinedAt = Number.NaN

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
  }

  /** Opens a page of the playground: its start, or a call's or a room's link. */
  static async visit(browser: Browser, url: string): Promise<Participant> {
    return Participant.inContext(await browser.newContext(), url)
  }

  /** Another page of somebody who has a window already, and may be signed in there. */
  static async inContext(context: BrowserContext, url: string): Promise<Participant> {
    await context.grantPermissions(['camera', 'microphone'])
    const page = await context.newPage()
    await page.goto(url)
    return new Participant(context, page)
  }

  /** Starts a call or a room; resolves with its link. */
  async start(kind: 'call' | 'room'): Promise<string> {
    await this.page.getByTestId(`start-${kind}`).click()
    return this.page.getByTestId('share-link').inputValue()
  }

  /** Goes through the door, as somebody with this name. */
  async join(name: string, quality: 'low' | 'standard' | 'high' = 'low'): Promise<void> {
    // Small pictures unless told, so that two cores carry three browsers.
    await this.page.getByLabel('Picture quality').selectOption(quality)
    await this.page.getByTestId('name').fill(name)
    const socketOpen = this.page
      .waitForEvent('websocket')
      .then((socket) => socket.waitForEvent('framereceived'))
    await this.page.getByTestId('join').click()
    await socketOpen
    this.joinedAt = performance.now()
  }

  /** Leaves with the button; resolves with the seconds since {@link join}. */
  async leave(): Promise<number> {
    await this.page.getByTestId('leave').click()
    const seconds = (performance.now() - this.joinedAt) / 1000
    await this.page.getByTestId('ended').waitFor()
    return seconds
  }

  async expectState(state: 'waiting' | 'connected' | 'reconnecting'): Promise<void> {
    await this.page
      .locator(`[data-testid=connection-state][data-state=${state}]`)
      .waitFor({ timeout: 20_000 })
  }

  get remoteVideos(): Locator {
    return this.page.getByTestId('remote-video')
  }

  async expectRemoteVideos(count: number): Promise<void> {
    await expect.poll(() => this.remoteVideos.count(), eventually).toBe(count)
  }

  /** This page's place in its call: kept over reconnections. */
  peerId(): Promise<string | null> {
    return this.page.evaluate(() => {
      const connection = window.radist?.connection
      return connection && 'peerId' in connection ? connection.peerId : null
    })
  }

  /** Ids of the tracks received from the other peer: others, when the media was set up anew. */
  remoteTrackIds(): Promise<string[]> {
    return this.remoteVideos.evaluate((video) =>
      video instanceof HTMLVideoElement && video.srcObject instanceof MediaStream
        ? video.srcObject.getTracks().map(({ id }) => id)
        : [],
    )
  }

  /** The candidate pair that the media goes between, and the types of its ends, such as `host` or `relay`. */
  selectedPath(): Promise<{ pair: string; local: string; remote: string }> {
    return this.page.evaluate(async () => {
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      const transport = [...stats.values()].find(({ type }) => type === 'transport')
      const pair = stats.get(transport?.selectedCandidatePairId)
      const typeOf = (id: string): string => stats.get(id)?.candidateType ?? 'none'
      return {
        pair: pair?.id ?? 'none',
        local: typeOf(pair?.localCandidateId),
        remote: typeOf(pair?.remoteCandidateId),
      }
    })
  }

  /** Whether a video is decoded that none of these tracks carries. */
  decodesNewVideo(formerTrackIds: readonly string[]): Promise<boolean> {
    return this.page.evaluate(async (former) => {
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      return [...stats.values()].some(
        ({ type, kind, trackIdentifier, framesDecoded }) =>
          type === 'inbound-rtp' &&
          kind === 'video' &&
          framesDecoded > 0 &&
          !former.includes(trackIdentifier),
      )
    }, formerTrackIds)
  }

  /** Mutes or unmutes through the SDK. */
  setMicrophoneEnabled(enabled: boolean): Promise<void> {
    return this.page.evaluate((on) => window.radist?.connection?.setMicrophoneEnabled(on), enabled)
  }

  /** What this page knows of the others' microphones in a room. */
  microphonesOfOthers(): Promise<string[]> {
    return this.page.evaluate(() => {
      const connection = window.radist?.connection
      return connection && 'participants' in connection
        ? connection.participants.map(({ microphone }) => microphone)
        : []
    })
  }

  /** Counts the WebSockets that the page opens from now on. */
  countSockets(): () => number {
    let opened = 0
    this.page.on('websocket', () => {
      opened += 1
    })
    return () => opened
  }

  received(): Promise<Received> {
    return this.page.evaluate(async () => {
      const videos = document.querySelectorAll<HTMLVideoElement>('video[data-testid=remote-video]')
      const frames = Object.fromEntries(
        [...videos].map((video, i) => {
          const [track] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : []
          return [track?.id ?? `none-${i}`, video.getVideoPlaybackQuality().totalVideoFrames]
        }),
      )
      let audioSamples = 0
      let audioEnergy = 0
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      for (const report of stats.values()) {
        if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue
        audioSamples += report.totalSamplesReceived ?? 0
        audioEnergy += report.totalAudioEnergy ?? 0
      }
      return { frames, audioSamples, audioEnergy }
    })
  }

  /** Resolves when each other participant's video and somebody's audio have gone on from here. */
  async expectMediaGrows(others: number): Promise<void> {
    const before = await this.received()
    const grown = async () => {
      const now = await this.received()
      return {
        // By track: videos come, go and change places while a room recovers.
        videos: Object.entries(now.frames).filter(([id, frames]) => {
          before.frames[id] ??= frames
          return frames > before.frames[id]
        }).length,
        samples: now.audioSamples > before.audioSamples,
        heard: now.audioEnergy > before.audioEnergy,
      }
    }
    await expect.poll(grown, eventually).toEqual({ videos: others, samples: true, heard: true })
  }

  /** Gives the others' videos this size on the page, in CSS pixels; 0 by 0 hides them. */
  showRemoteVideosAt(size: { width: number; height: number }): Promise<void> {
    return this.remoteVideos.evaluateAll((videos, { width, height }) => {
      for (const video of videos) {
        if (!(video instanceof HTMLElement)) continue
        video.style.width = `${width}px`
        video.style.height = `${height}px`
        video.style.display = width === 0 ? 'none' : ''
      }
    }, size)
  }

  /** A busy machine is to send fewer pictures of the camera, not smaller ones. */
  keepPictureSize(): Promise<void> {
    return this.page.evaluate(() => {
      const [camera] = window.radist?.connection?.localStream?.getVideoTracks() ?? []
      if (camera) camera.contentHint = 'detail'
    })
  }

  /** Publishes the camera once more, as a screen; the function that is answered ends it. */
  async publishSecondVideo(videoCodec: 'vp8' | 'vp9'): Promise<() => Promise<void>> {
    const handle = await this.page.evaluateHandle(async (codec) => {
      const connection = window.radist?.connection
      const track = connection?.localStream?.getVideoTracks()[0]?.clone()
      if (!connection || !('publishTrack' in connection) || !track) throw new Error('not in a room')
      const local = await connection.publishTrack(track, { source: 'screen', videoCodec: codec })
      return { end: () => connection.unpublish(local) }
    }, videoCodec)
    return () => handle.evaluate(({ end }) => end())
  }

  /** The producer of a track that this page receives, once it does. */
  producerOf(source: string): Promise<string> {
    return this.page.evaluate(
      (wanted) =>
        new Promise<string>((resolve) => {
          const connection = window.radist?.connection
          if (!connection || !('participants' in connection)) throw new Error('not in a room')
          connection.on('trackadded', (event) => {
            if (event.source === wanted) resolve(event.producerId)
          })
        }),
      source,
    )
  }

  /** Says at which size a video is shown, through the SDK. */
  setViewport(producerId: string, size: { width: number; height: number }): Promise<void> {
    return this.page.evaluate(
      ({ target, shown }) => {
        const connection = window.radist?.connection
        if (connection && 'setViewport' in connection) connection.setViewport(target, shown)
      },
      { target: producerId, shown: size },
    )
  }

  /** Codec and height of what is decoded of a producer's video; null when it is not received. */
  receivedVideo(producerId: string): Promise<{ codec: string; height: number } | null> {
    return this.page.evaluate(async (wanted) => {
      const connection = window.radist?.connection
      if (!connection || !('participants' in connection)) return null
      let trackId: string | null = null
      const ignore = connection.on('trackadded', (event) => {
        if (event.producerId === wanted) trackId = event.track.id
      })
      const stats = (await connection.getStats()) ?? new Map()
      ignore()
      const video = [...stats.values()].find(({ trackIdentifier }) => trackId && trackIdentifier === trackId)
      if (!video) return null
      const codec = [...stats].find(([id]) => id.endsWith(`:${video.codecId}`) && id.startsWith('recv'))?.[1]
      return { codec: codec?.mimeType ?? '', height: video.frameHeight ?? 0 }
    }, producerId)
  }

  /** The height of the decoded picture of the one video that is received. */
  receivedHeight(): Promise<number> {
    return this.page.evaluate(async () => {
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      // mediasoup probes the bandwidth with a stream of its own, which has no picture.
      const heights = [...stats.values()].map(({ type, frameHeight }) =>
        type === 'inbound-rtp' && frameHeight ? frameHeight : 0,
      )
      return Math.max(0, ...heights)
    })
  }

  /** Frames sent so far in each layer of the camera, the lowest first. */
  sentFrames(): Promise<number[]> {
    return this.page.evaluate(async () => {
      const stats = (await window.radist?.connection?.getStats()) ?? new Map()
      return [...stats.values()]
        .filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
        .sort((a, b) => String(a.rid).localeCompare(String(b.rid)))
        .map(({ framesSent }) => framesSent ?? 0)
    })
  }

  /** Which layers of the camera are sent, by what is sent in this while. */
  async sentLayers(ms = 500): Promise<boolean[]> {
    const before = await this.sentFrames()
    await this.page.waitForTimeout(ms)
    const after = await this.sentFrames()
    return after.map((frames, layer) => frames > (before[layer] ?? 0))
  }

  async say(text: string): Promise<void> {
    const input = this.page.getByTestId('chat-input')
    if (!(await input.isVisible())) await this.page.getByTestId('toggle-chat').click()
    await input.fill(text)
    await this.page.getByTestId('chat-send').click()
  }

  /** Sends to one participant of a room alone, through the SDK. */
  async whisper(text: string, name: string): Promise<void> {
    await this.page.evaluate(
      async ([words, identity]) => {
        const connection = window.radist?.connection
        if (!connection || !('participants' in connection)) throw new Error('no room')
        const receiver = connection.participants.find((participant) => participant.identity === identity)
        if (!receiver) throw new Error(`no ${identity} here`)
        await connection.send(words, { to: receiver.participantId })
      },
      [text, name] as const,
    )
  }

  /** The chat as this page shows it. */
  messages(): Promise<string[]> {
    return this.page.getByTestId('chat-message').allTextContents()
  }

  async expectMessage(text: string): Promise<void> {
    const input = this.page.getByTestId('chat-input')
    if (!(await input.isVisible())) await this.page.getByTestId('toggle-chat').click()
    await this.page.getByTestId('chat-message').filter({ hasText: text }).waitFor({ timeout: 20_000 })
  }

  async close(): Promise<void> {
    await this.#context.close()
  }
}
