/** A video track that the page paints itself: of any size, at any time. */

export interface Painting {
  width: number
  height: number
  /** Of a screen a busy machine sends fewer pictures, of anything else smaller ones. */
  isScreen?: boolean
}

const FRAMES_PER_SECOND = 15

export class PaintedTrack {
  readonly track: MediaStreamTrack
  readonly #canvas = document.createElement('canvas')
  readonly #timer: ReturnType<typeof setInterval>
  #pictures = 0

  constructor({ width, height, isScreen = false }: Painting) {
    const context = this.#canvas.getContext('2d')
    if (!context) throw new Error('The page has no canvas.')
    this.resize({ width, height })
    this.#timer = setInterval(() => this.#paint(context), 1000 / FRAMES_PER_SECOND)
    const [track] = this.#canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()
    if (!track) throw new Error('The canvas has no track.')
    if (isScreen) track.contentHint = 'detail'
    this.track = track
  }

  resize({ width, height }: { width: number; height: number }): void {
    this.#canvas.width = width
    this.#canvas.height = height
  }

  stop(): void {
    clearInterval(this.#timer)
    this.track.stop()
  }

  #paint(context: CanvasRenderingContext2D): void {
    const { width, height } = this.#canvas
    this.#pictures += 1
    context.fillStyle = `hsl(${(this.#pictures * 10) % 360} 80% 50%)`
    context.fillRect(0, 0, width, height)
  }
}
