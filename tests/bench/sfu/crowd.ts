/** A room of participants in one headless Chromium, on a host of ours. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { PUBLIC_KEY } from '../../../apps/sfu/src/testing/control-plane-stub.ts'
import { onStop } from '../../../scripts/process/lifetime.ts'
import { chromiumFlags } from '../../browser/chromium-flags.ts'
import { servePage } from '../../browser/serve-page.ts'
import { writeCameraFile } from './camera-file.ts'
import type { CrowdCount, CrowdJoin, Layout } from './crowd-page/page.ts'
import { cpuSecondsOf, descendantsOf } from './measured-process.ts'
import { RadistHost } from './setting.ts'

export interface CrowdOptions {
  /** The browser's path. */
  program: string
  dynacast: 'on' | 'off'
  participants: number
  video: CrowdJoin['video']
}

export class Crowd {
  readonly #page: Page
  readonly #pids: { browser: number; host: number }
  readonly #close: () => Promise<void>

  private constructor(page: Page, pids: { browser: number; host: number }, close: () => Promise<void>) {
    this.#page = page
    this.#pids = pids
    this.#close = close
  }

  /** Resolves when all are in the room and send. */
  static async open({ program, dynacast, participants, video }: CrowdOptions): Promise<Crowd> {
    const closing: (() => Promise<unknown>)[] = []
    const close = async () => {
      for (const one of closing.splice(0).reverse()) await one()
    }
    closing.push(async () => forget())
    const forget = onStop(close)
    try {
      const host = await RadistHost.start({ RADIST_SFU_WORKERS: '1', RADIST_SFU_DYNACAST: dynacast })
      closing.push(() => host.close())
      const { url, server } = await servePage(join(import.meta.dirname, 'crowd-page', 'page.ts'))
      closing.push(async () => server.close())
      const folder = mkdtempSync(join(tmpdir(), 'radist-crowd-'))
      closing.push(async () => rmSync(folder, { recursive: true, force: true }))
      const camera = join(folder, 'camera.y4m')
      writeCameraFile(camera, video)
      // Its signals are ours to handle.
      const handled = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
      const browserServer = await chromium.launchServer({
        executablePath: program,
        args: [...chromiumFlags, `--use-file-for-fake-video-capture=${camera}`],
        ...handled,
      })
      closing.push(() => browserServer.close())
      const browser = await chromium.connect(browserServer.wsEndpoint())
      const page = await browser.newPage({ permissions: ['camera', 'microphone'] })
      await page.goto(url)
      const room = await host.assign()
      const roomTokens: string[] = []
      while (roomTokens.length < participants) roomTokens.push(await host.controlPlane.roomToken(room))
      await page.evaluate((given) => window.crowd.join(given), { publicKey: PUBLIC_KEY, roomTokens, video })
      return new Crowd(page, { browser: browserServer.process().pid ?? 0, host: host.process.pid }, close)
    } catch (error) {
      await close()
      throw error
    }
  }

  async show(layout: Layout): Promise<void> {
    await this.#page.evaluate((given) => window.crowd.show(given), layout)
  }

  count(): Promise<CrowdCount> {
    return this.#page.evaluate(() => window.crowd.count())
  }

  /** Of the browser, and of the host with its worker: CPU seconds so far. */
  get cpuSeconds(): { browser: number; host: number } {
    const of = (pid: number) => [pid, ...descendantsOf(pid)].reduce((sum, one) => sum + cpuSecondsOf(one), 0)
    return { browser: of(this.#pids.browser), host: of(this.#pids.host) }
  }

  close(): Promise<void> {
    return this.#close()
  }
}
