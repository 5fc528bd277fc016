/** A dashboard page's socket, as Worker tests need one: every frame is checked against the protocol. */
import type { z } from 'zod'
import { eventually } from './clock.ts'
import { ORIGIN, type SignedIn } from './dashboard-fixture.ts'

export class WatchingPage<F extends z.ZodType> {
  readonly #socket: WebSocket
  readonly frames: z.infer<F>[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  /** `path` is below `/api/dashboard`. */
  static async open<F extends z.ZodType>(
    browser: SignedIn,
    path: string,
    schema: F,
  ): Promise<WatchingPage<F>> {
    const answer = await browser.ask(path, { headers: { upgrade: 'websocket', origin: ORIGIN } })
    if (!answer.webSocket) throw new Error(`No socket: ${answer.status} ${await answer.text()}`)
    return new WatchingPage(answer.webSocket, schema)
  }

  private constructor(socket: WebSocket, schema: F) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      if (data !== '{"type":"pong"}') this.frames.push(schema.parse(JSON.parse(String(data))))
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
    socket.accept()
  }

  /** Waits until the newest frame of which `is` says yes is there. */
  async shows(is: (frame: z.infer<F>) => boolean): Promise<void> {
    await eventually(() => {
      const frame = this.frames.findLast(is)
      if (!frame) throw new Error(`The newest frame is ${JSON.stringify(this.frames.at(-1))}`)
    })
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  close(): void {
    this.#socket.close(1000)
  }
}
