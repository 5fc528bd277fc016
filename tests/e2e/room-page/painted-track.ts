/** A video track that the page paints itself: of any size, at any time. */

export interface Painting {
  width: number
  height: number
  /** Of a screen a busy machine sends fewer pictures, of anything else smaller ones. */
  isScreen?: boolean
  /** Share of it that is noise, 0 to 1: an encoder takes all the bits that it may for that. */
  noise?: number
}

const FRAMES_PER_SECOND = 15
/** In pixels: of the noise before it is repeated, and of each dot, so that smaller layers have it too. */
const NOISE_SIZE = 512
const DOT = 4

export class PaintedTrack {
  readonly track: MediaStreamTrack
  readonly #canvas = document.createElement('canvas')
  readonly #timer: ReturnType<typeof setInterval>
  readonly #noise: number
  #pictures = 0

  constructor({ width, height, isScreen = false, noise = 0 }: Painting) {
    const context = this.#canvas.getContext('2d')
    if (!context) throw new Error('The page has no canvas.')
    this.resize({ width, height })
    this.#noise = noise
    const dots = noise > 0 ? noisePattern(context) : null
    this.#timer = setInterval(() => this.#paint(context, dots), 1000 / FRAMES_PER_SECOND)
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

  #paint(context: CanvasRenderingContext2D, dots: CanvasPattern | null): void {
    const { width, height } = this.#canvas
    this.#pictures += 1
    context.fillStyle = `hsl(${(this.#pictures * 10) % 360} 80% 50%)`
    context.fillRect(0, 0, width, height)
    if (!dots) return
    dots.setTransform(new DOMMatrix().translate(anywhere(), anywhere()))
    context.fillStyle = dots
    context.fillRect(0, 0, width, height * this.#noise)
  }
}

const anywhere = (): number => Math.random() * NOISE_SIZE

function noisePattern(context: CanvasRenderingContext2D): CanvasPattern | null {
  const canvas = new OffscreenCanvas(NOISE_SIZE, NOISE_SIZE)
  const dots = canvas.getContext('2d')
  if (!dots) return null
  for (let x = 0; x < NOISE_SIZE; x += DOT) {
    for (let y = 0; y < NOISE_SIZE; y += DOT) {
      dots.fillStyle = `hsl(${Math.random() * 360} 80% ${Math.random() * 100}%)`
      dots.fillRect(x, y, DOT, DOT)
    }
  }
  return context.createPattern(canvas, 'repeat')
}
