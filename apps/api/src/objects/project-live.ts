/** What pages are told of a project while they watch it: how much is open, and what has begun or ended. */
import type { LiveCounts, ProjectLiveFrame } from '@radist-tech/protocol/dashboard'
import type { ConnectionKind } from '../domain/connections.ts'
import { Coalesced } from './coalesced.ts'
import { sendTo, Watchers } from './watchers.ts'

/** How long changes are gathered, in milliseconds: counts are told once for all of them. */
const GATHER_MS = 250
/** Of so many calls and rooms is told at a time; a list that shows the newest is read anew anyway. */
const MAX_CHANGES = 100

type Changed = Extract<ProjectLiveFrame, { type: 'changed' }>

export class ProjectLive {
  readonly #watchers: Watchers
  readonly #counts: () => LiveCounts
  /** Not told yet, by id: how each is now. */
  readonly #changes = new Map<string, Changed>()
  readonly #soon = new Coalesced(GATHER_MS, () => this.#tell())

  constructor(ctx: DurableObjectState, counts: () => LiveCounts) {
    this.#watchers = new Watchers(ctx)
    this.#counts = counts
  }

  /** One more page; its answer to the Worker. */
  watch(): Response {
    const watcher = this.#watchers.accept(Date.now())
    if (!watcher) return Response.json({ code: 'too_many_requests' }, { status: 429 })
    sendTo(watcher.socket, this.#countsFrame())
    return new Response(null, { status: 101, webSocket: watcher.client })
  }

  changed(kind: ConnectionKind, id: string, state: 'open' | 'ended'): void {
    if (this.#watchers.count === 0) return
    this.#changes.delete(id)
    this.#changes.set(id, { type: 'changed', kind, id, state })
    const [oldest] = this.#changes.keys()
    if (this.#changes.size > MAX_CHANGES && oldest !== undefined) this.#changes.delete(oldest)
    this.#soon.want()
  }

  countsChanged(): void {
    if (this.#watchers.count > 0) this.#soon.want()
  }

  refuse(socket: WebSocket): void {
    this.#watchers.refuse(socket)
  }

  nextDueAt(): number | null {
    return this.#watchers.nextDueAt()
  }

  runDue(now: number): void {
    this.#watchers.closeDue(now)
  }

  #tell(): void {
    const changes = [...this.#changes.values()]
    this.#changes.clear()
    this.#watchers.send(this.#countsFrame())
    for (const change of changes) this.#watchers.send(JSON.stringify(change))
  }

  #countsFrame(): string {
    return JSON.stringify({ type: 'counts', counts: this.#counts() } satisfies ProjectLiveFrame)
  }
}
