/** The page of {@link Crowd}: participants of one room, each with the SDK, a camera and one video that it shows. */
import { RadistClient, type RadistRoomConnection } from '@radist-tech/client'

export interface CrowdJoin {
  publicKey: string
  /** One for each participant. */
  roomTokens: string[]
  /** Of each camera. */
  video: { width: number; height: number; frameRate: number }
}

/** Whom each participant shows: its neighbour, or all the same one. */
export type Layout = 'the next one' | 'the same one'

/** Of all participants together, since they joined. */
export interface CrowdCount {
  /** Of video, with headers and repeated packets. */
  bytesSent: number
  /** Of each participant: frames decoded of the video that it shows. */
  framesShown: number[]
}

declare global {
  interface Window {
    crowd: PageCrowd
  }
}

const HIDDEN = { width: 0, height: 0 }

class PageCrowd {
  readonly #connections: RadistRoomConnection[] = []
  #shownSize = HIDDEN

  async join({ publicKey, roomTokens, video }: CrowdJoin): Promise<void> {
    this.#shownSize = { width: video.width, height: video.height }
    for (const roomToken of roomTokens) {
      const connection = await new RadistClient({ publicKey }).createRoomConnection({
        roomToken,
        channels: ['video'],
        constraints: { video },
      })
      this.#connections.push(connection)
      connection.on('trackadded', ({ track }) => {
        // Chromium decodes only what is shown.
        const element = document.createElement('video')
        element.srcObject = new MediaStream([track])
        element.autoplay = true
        document.body.append(element)
      })
    }
  }

  show(layout: Layout): void {
    for (const [i, connection] of this.#connections.entries()) {
      const neighbour = (i + 1) % this.#connections.length
      const shown = this.#connections[layout === 'the next one' || i === 0 ? neighbour : 0]
      for (const { participantId } of connection.participants)
        connection.setViewport(
          participantId,
          participantId === shown?.participantId ? this.#shownSize : HIDDEN,
        )
    }
  }

  async count(): Promise<CrowdCount> {
    const stats = await Promise.all(this.#connections.map((connection) => connection.getStats()))
    const reports = stats.map((one) => [...one.values()].filter(({ kind }) => kind === 'video'))
    return {
      bytesSent: reports
        .flat()
        .filter(({ type }) => type === 'outbound-rtp')
        .reduce((sum, { bytesSent, headerBytesSent }) => sum + bytesSent + headerBytesSent, 0),
      framesShown: reports.map((one) =>
        one
          .filter(({ type }) => type === 'inbound-rtp')
          .reduce((sum, { framesDecoded }) => sum + (framesDecoded ?? 0), 0),
      ),
    }
  }
}

window.crowd = new PageCrowd()
