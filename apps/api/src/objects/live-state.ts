/** Shows pages how an object is: when they come, soon after it changed, and now and then if it is to be asked. */
import { Coalesced } from './coalesced.ts'
import { sendTo, Watchers } from './watchers.ts'

/** How long changes are gathered, in milliseconds: a page that takes frames slowly gets fewer, not older ones. */
const GATHER_MS = 250

export interface LiveOptions {
  /** The frame's text; null when there is nothing to show. */
  frame: () => Promise<string | null>
  /** How often it is sent though nothing is known to have changed, in milliseconds; null: never. */
  everyMs: () => number | null
}

export class LiveState {
  readonly #watchers: Watchers
  readonly #frame: LiveOptions['frame']
  readonly #everyMs: LiveOptions['everyMs']
  readonly #soon = new Coalesced(GATHER_MS, () => this.#tell())
  /** In memory only: waking up sets it anew. */
  #nextAt: number | null = null

  constructor(ctx: DurableObjectState, { frame, everyMs }: LiveOptions) {
    this.#watchers = new Watchers(ctx)
    this.#frame = frame
    this.#everyMs = everyMs
  }

  /** One more page; its answer to the Worker. */
  async watch(): Promise<Response> {
    const watcher = this.#watchers.accept(Date.now())
    if (!watcher) return Response.json({ code: 'too_many_requests' }, { status: 429 })
    const text = await this.#frame()
    if (text !== null) sendTo(watcher.socket, text)
    return new Response(null, { status: 101, webSocket: watcher.client })
  }

  /** It is not as it was told last. */
  changed(): void {
    if (this.#watchers.count > 0) this.#soon.want()
  }

  has(socket: WebSocket): boolean {
    return this.#watchers.has(socket)
  }

  refuse(socket: WebSocket): void {
    this.#watchers.refuse(socket)
  }

  nextDueAt(): number | null {
    const endsAt = this.#watchers.nextDueAt()
    const everyMs = endsAt === null ? null : this.#everyMs()
    this.#nextAt = everyMs === null ? null : (this.#nextAt ?? Date.now() + everyMs)
    return endsAt !== null && this.#nextAt !== null ? Math.min(endsAt, this.#nextAt) : endsAt
  }

  /** To be called when the object's alarm has rung. */
  runDue(now: number): void {
    this.#watchers.closeDue(now)
    if (this.#nextAt === null || this.#nextAt > now) return
    this.#nextAt = null
    this.changed()
  }

  async #tell(): Promise<void> {
    if (this.#watchers.count === 0) return
    const text = await this.#frame()
    if (text !== null) this.#watchers.send(text)
  }
}
