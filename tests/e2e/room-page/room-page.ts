/** A participant in a room whose page is the SDK and nothing else. */
import { join } from 'node:path'
import type { PublishOptions, ViewportSize } from '@radist-tech/client'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { servePage } from '../../browser/serve-page.ts'
import type { JoinOptions, ReceivedTrack, Reception, SentEncoding } from './page.ts'
import type { Painting } from './painted-track.ts'

export const serveRoomPage = () => servePage(join(import.meta.dirname, 'page.ts'))

export class RoomPage {
  readonly page: Page
  /** Methods of requests to the host. */
  #asked: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        this.#asked.push(JSON.parse(String(payload)).method)
      })
    })
  }

  static async open(browser: Browser, url: string): Promise<RoomPage> {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
    const page = await context.newPage()
    const opened = new RoomPage(page)
    await page.goto(url)
    return opened
  }

  join(options: JoinOptions): Promise<void> {
    return this.page.evaluate((given) => window.room.join(given), options)
  }

  /** Counts what comes, its gaps and the connection's events from here. */
  async watch(): Promise<void> {
    this.#asked = []
    await this.page.evaluate(() => window.room.watch())
  }

  reception(): Promise<Reception> {
    return this.page.evaluate(() => window.room.reception)
  }

  /** Resolves when this much has come since {@link watch}: enough that it flows, and is no remainder. */
  async expectMedia(least: { frames: number; audioPackets: number }, timeout: number): Promise<void> {
    const flows = async () => {
      const { frames, audioPackets } = await this.reception()
      return { video: frames >= least.frames, audio: audioPackets >= least.audioPackets }
    }
    await expect.poll(flows, { timeout, interval: 50 }).toEqual({ video: true, audio: true })
  }

  /** Resolves when the connection tells this, or has since {@link watch}. */
  async expectEvent(name: string, timeout: number): Promise<void> {
    await expect.poll(() => this.events(), { timeout, interval: 50 }).toContain(name)
  }

  /** What the connection told since {@link watch}. */
  events(): Promise<string[]> {
    return this.page.evaluate(() => window.room.events)
  }

  dataChannelOpen(): Promise<void> {
    return this.page.evaluate(() => window.room.dataChannelOpen())
  }

  /** Sends numbered messages of this size without waiting for any, until one is refused: with which error? */
  sendUntilFull(bytes: number): Promise<{ taken: number; error: string; buffered: number }> {
    return this.page.evaluate((size) => window.room.sendUntilFull(size), bytes)
  }

  /** What became of all messages, once that is known of each. */
  sent(): Promise<string[]> {
    return this.page.evaluate(() => window.room.sent())
  }

  numbersReceived(): Promise<{ number: number; bytes: number }[]> {
    return this.page.evaluate(() => window.room.received)
  }

  bufferedAmount(): Promise<number | undefined> {
    return this.page.evaluate(() => window.room.connection?.bufferedAmount)
  }

  leave(): Promise<void> {
    return this.page.evaluate(() => window.room.connection?.close())
  }

  setMicrophoneEnabled(enabled: boolean): Promise<void> {
    return this.page.evaluate((on) => window.room.connection?.setMicrophoneEnabled(on), enabled)
  }

  /** What this page knows of the others' microphones. */
  microphonesOfOthers(): Promise<string[] | undefined> {
    return this.page.evaluate(() => window.room.connection?.participants.map(({ microphone }) => microphone))
  }

  /** What this page knows of the others' cameras. */
  camerasOfOthers(): Promise<string[] | undefined> {
    return this.page.evaluate(() => window.room.connection?.participants.map(({ camera }) => camera))
  }

  participantId(): Promise<string | null | undefined> {
    return this.page.evaluate(() => window.room.connection?.participantId)
  }

  reconnect(): Promise<void> {
    return this.page.evaluate(() => window.room.connection?.reconnect())
  }

  receivedTracks(): Promise<ReceivedTrack[]> {
    return this.page.evaluate(() => window.room.receivedTracks())
  }

  /** Encodings of this kind that this page sends, the smallest first. */
  async sentEncodings(kind: SentEncoding['kind']): Promise<SentEncoding[]> {
    const all = await this.page.evaluate(() => window.room.sentEncodings())
    return all.filter((encoding) => encoding.kind === kind)
  }

  /** Publishes a video that this page paints, under a name. */
  paint(name: string, painting: Painting, options: PublishOptions): Promise<void> {
    return this.page.evaluate((given) => window.room.paint(...given), [name, painting, options] as const)
  }

  mute(name: string, muted: boolean): Promise<void> {
    return this.page.evaluate((given) => window.room.mute(...given), [name, muted] as const)
  }

  /** Paints in another size, in the same track. */
  resize(name: string, size: ViewportSize): Promise<void> {
    return this.page.evaluate((given) => window.room.resize(...given), [name, size] as const)
  }

  /** Sends another painted track in place of this one. */
  replace(name: string, painting: Painting): Promise<void> {
    return this.page.evaluate((given) => window.room.replace(...given), [name, painting] as const)
  }

  async shareScreen(options: DisplayMediaStreamOptions): Promise<void> {
    await this.page.evaluate(async (given) => {
      await window.room.connection?.shareScreen(given)
    }, options)
  }

  /** Says at which size this page shows a video, or somebody's camera. */
  show(target: string, size: ViewportSize): Promise<void> {
    return this.page.evaluate(([of, shown]) => window.room.connection?.setViewport(of, shown), [
      target,
      size,
    ] as const)
  }

  /** How long each order about layers took since {@link watch}, from the host's word to what is sent, in ms. */
  layerTimes(): Promise<number[]> {
    return this.page.evaluate(() => window.room.layerTimes)
  }

  /** How often the host was asked this since {@link watch}. */
  asked(method: string): number {
    return this.#asked.filter((request) => request === method).length
  }

  close(): Promise<void> {
    return this.page.context().close()
  }
}
