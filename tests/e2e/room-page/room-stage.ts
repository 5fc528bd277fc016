/** An SFU host, a browser, and the path between them: what a test needs to see pages in rooms, and nothing more. */
import type { Permissions } from '@radist-tech/protocol'
import { type AssignedRoom, PUBLIC_KEY } from '../../../apps/sfu/src/testing/control-plane-stub.ts'
import { freePorts, startStack, type TestStack } from '../../../apps/sfu/src/testing/test-host.ts'
import { NetworkPath } from '../../network/network-path.ts'
import { launchBrowser } from '../participant.ts'
import type { JoinOptions } from './page.ts'
import { RoomPage, serveRoomPage } from './room-page.ts'

export interface EnterOptions extends Omit<JoinOptions, 'publicKey' | 'roomToken'> {
  /** All, unless named. */
  permissions?: Permissions
  /** In place of the host's own. */
  signalingUrl?: string
}

export interface RoomStage {
  readonly host: TestStack
  /** Of all media between pages and the host. */
  readonly path: NetworkPath
  /** Where the host's signaling listens. */
  readonly port: number
  /** Opens a page that joins. */
  enter(room: AssignedRoom, options?: EnterOptions): Promise<RoomPage>
  /** Closes all pages, and mends the path. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function openStage(): Promise<RoomStage> {
  const port = await freePorts(2)
  const host = await startStack({
    RADIST_SFU_PORT: String(port),
    RADIST_SFU_PUBLIC_URL: `http://127.0.0.1:${port}`,
    RADIST_SFU_WORKERS: '1',
    RADIST_SFU_MEDIA_PORT: String(port + 1),
    RADIST_SFU_MEDIA_LISTEN_IP: '127.0.0.2',
    RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS: '127.0.0.1',
  })
  const path = await NetworkPath.start({ announced: '127.0.0.1', host: '127.0.0.2', ports: [port + 1] })
  const page = await serveRoomPage()
  const browser = await launchBrowser()
  const inside = new Set<RoomPage>()
  const clear = async () => {
    await Promise.all([...inside].map((participant) => participant.close()))
    inside.clear()
    path.up = path.down = {}
    path.udp = true
  }
  return {
    host,
    path,
    port,
    async enter(room, { permissions, signalingUrl, ...options } = {}) {
      const participant = await RoomPage.open(browser, page.url)
      inside.add(participant)
      const roomToken = await host.controlPlane.roomToken(room, {
        ...(signalingUrl && { signalingUrl }),
        ...(permissions && { permissions }),
      })
      await participant.join({ publicKey: PUBLIC_KEY, roomToken, ...options })
      return participant
    },
    clear,
    async close() {
      await clear()
      await browser.close()
      page.server.close()
      await path.close()
      await host.close()
    },
  }
}
